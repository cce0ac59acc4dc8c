"""Tenant files: merged over the defaults, every fault with file, line and remedy."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dunwell.cli import dunwell
from dunwell.kernel.lines import line_of
from dunwell.tenancy.files import check, model_check, read
from dunwell.tenancy.settings import BrandingFile, TenantFile
from dunwell.tenant_files import CHECKS, proposal

GOOD = """\
name = "试"
name_en = "Try"
country = "CN"
zone = "Asia/Shanghai"
locale = "zh"
currency = "CNY"
pack = "cn"
"""
OWN = (model_check("tenant", TenantFile), model_check("branding", BrandingFile))


def written(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("slug", ["harbor", "birch", "lotus"])
def test_every_tenant_that_ships_is_valid(slug: str) -> None:
    proposed, faults = proposal(slug)
    assert not faults
    assert {"tenant", "branding"} <= set(proposed.files)


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (('zone = "Asia/Shanghai"', 'zone = "Asia/Shangai"'), 4, "IANA"),
        (('currency = "CNY"', 'currency = "XXX"'), 6, "currency"),
        (('pack = "cn"', "pack = 7"), 7, "'cn'"),
        (('locale = "zh"', 'locale = "zh"\ncolour = "red"'), 6, "unknown key"),
        (('name = "试"', "name = 试"), 1, "not TOML"),
    ],
)
def test_a_fault_names_file_line_and_remedy(
    tmp_path: Path, change: tuple[str, str], line: int, says: str
) -> None:
    folder = written(tmp_path, tenant=GOOD.replace(*change))
    (fault,) = check(read("trial", folder), OWN)
    assert fault.field.startswith("tenant.toml")
    assert fault.line == line
    assert says in fault.problem
    assert fault.remedy


def test_a_missing_key_and_a_missing_file_are_named(tmp_path: Path) -> None:
    (fault,) = check(read("trial", written(tmp_path)), OWN)
    assert (fault.field, fault.problem) == ("tenant.toml", "missing")
    (fault,) = check(read("trial", written(tmp_path, tenant=GOOD.replace('pack = "cn"\n', ""))), OWN)
    assert (fault.field, fault.problem) == ("tenant.toml:pack", "missing")
    assert check(read("nosuchtenant"), OWN)[0].problem == "no such folder"


def test_several_faults_are_all_reported(tmp_path: Path) -> None:
    folder = written(
        tmp_path, tenant=GOOD.replace("CNY", "XXX").replace("Shanghai", "X"), branding='accent = "red"'
    )
    found = {(fault.field, fault.line) for fault in check(read("trial", folder), OWN)}
    assert found == {("tenant.toml:zone", 4), ("tenant.toml:currency", 6), ("branding.toml:accent", 1)}


def test_own_values_go_over_the_defaults_table_by_table(tmp_path: Path) -> None:
    folder = written(tmp_path, tenant=GOOD, contact="[own]\nx = 1\n")
    files = read("trial", folder).files
    assert files["contact"]["own"] == {"x": 1}
    assert len(files["contact"]) > 1, "the defaults are still there"


def test_the_line_of_a_key_in_a_list_of_tables() -> None:
    text = '[a]\nx = 1\n[[steps]]\nkey = "one"\n[[steps]]\nkey = "two"\nday = 3\n'
    assert line_of(text, ["steps", "1", "day"]) == 7
    assert line_of(text, ["steps", "1", "missing"]) == 5
    assert line_of(text, ["a", "x"]) == 2
    assert line_of(text, ["nowhere"]) is None


def test_the_line_of_a_key_in_a_list_inside_a_list() -> None:
    text = "[[a]]\n[[a.b]]\nx = 1\n[[a]]\n[[a.b]]\nx = 2\n[[a.b]]\nx = 3\n[a.c]\nx = 4\n"
    places = {("a", "0", "b", "0", "x"): 3, ("a", "1", "b", "0", "x"): 6, ("a", "1", "b", "1", "x"): 8}
    for path, line in (places | {("a", "1", "c", "x"): 10}).items():
        assert line_of(text, path) == line


def test_the_checks_of_all_areas_stand_in_one_list() -> None:
    assert len(CHECKS) == len(set(CHECKS)) >= 2


def test_the_command_tells_file_line_and_rule_of_a_value_looser_than_the_law(tmp_path: Path) -> None:
    folder = written(tmp_path, tenant=GOOD + "sandbox = true\n", contact="\n\nmessages_per_day = 2\n")
    told = CliRunner().invoke(dunwell, ["tenant", "check", "trial", "--files", str(folder)])
    assert told.exit_code == 1
    assert "line 3, contact.toml:messages_per_day: looser than pack cn allows by CN-FRQ-07" in told.output


def test_a_text_without_an_end_is_faulty_on_its_last_line(tmp_path: Path) -> None:
    (fault,) = check(read("trial", written(tmp_path, tenant='name = "x"\nzone = "')), OWN)
    assert (fault.line, fault.problem[:8]) == (2, "not TOML")
