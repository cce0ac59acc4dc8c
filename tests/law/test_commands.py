"""`dunwell law` and `dunwell calendar`: the law shown, compared and checked, without a database."""

import json
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dunwell.cli import dunwell
from dunwell.contact.settings.packs import FOLDER
from dunwell.kernel.errors import DunwellError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(dunwell, list(arguments))


def test_show_tells_the_law_of_a_day() -> None:
    before, after = (
        {
            each["parameter"]: each
            for each in json.loads(run("law", "show", "us", "--on", day, "--json").output)
        }
        for day in ("2027-01-30", "2027-01-31")
    )
    name = "opt_out_covers_automated"
    assert (before[name]["value"], before[name]["next_change"]) == (False, "2027-01-31")
    assert (after[name]["value"], after[name]["next_change"]) == (True, None)
    assert after[name]["source_what"]


def test_show_prints_a_table_of_one_area_or_of_the_newest_law() -> None:
    told = run("law", "show", "cn", "--area", "disputes")
    assert told.exit_code == 0
    assert "disputes.complaint_clock" in told.output
    assert "contact." not in told.output


def test_what_is_to_be_confirmed_can_be_listed() -> None:
    found = json.loads(run("law", "show", "uk", "--class", "M", "--json").output)
    assert "complaint_quick_clock" in {each["parameter"] for each in found}
    assert {each["value_class"] for each in found} == {"M"}


def test_nothing_applied_before_there_was_law() -> None:
    assert json.loads(run("law", "show", "cn", "--on", "1969-12-31", "--json").output) == []


def test_diff_tells_what_is_not_the_same() -> None:
    found = json.loads(run("law", "diff", "cn", "2026-01-29", "2026-01-30", "--json").output)
    names = {each["parameter"] for each in found}
    assert "attempts_hard_per_day" in names
    assert "window" not in names
    assert all(each["before"] != each["after"] for each in found)
    told = run("law", "diff", "cn", "2026-01-29", "2026-01-30").output
    assert f"{len(found)} 项不同" in told
    assert run("law", "diff", "cn", "2026-01-29", "2026-01-29").output.startswith("0 ")


def test_what_ships_is_sound() -> None:
    assert run("law", "check").exit_code == 0


BAD = (resources.files(FOLDER) / "cn.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'from = "08:00"',
            'from = "25:00"',
            "no such time of day [CN-HRS-01, CN-HRS-02] (parameters.window.0.value",
        ),
        (
            "effective_from = 2025-03-13",
            "effective_from = 1960-01-01",
            "overlaps the entry in force from 1970-01-01",
        ),
        ('source = "S2"', 'source = "S999"', "there is no source S999"),
        ("[codes]", "[[codes]]", "should be a valid"),
        ("countries", "country", "unknown key (country; remove it"),
        ('pack = "cn"', "pack = ", "not TOML"),
    ],
)
def test_check_tells_file_line_and_problem_and_exits_1(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "cn.toml"
    text = BAD.replace(old, new, 1)
    path.write_text(text, "utf-8")
    told = run("law", "check", str(path))
    assert told.exit_code == 1
    (line,) = [line for line in told.output.splitlines() if says in line]
    number = line.removeprefix(f"{path}:").partition(":")[0]
    assert 1 <= int(number) <= len(text.splitlines())


@pytest.mark.parametrize("area", ["contact", "agents", "loans", "disputes", "arrangements"])
def test_check_knows_whose_pack_a_file_is(tmp_path: Path, area: str) -> None:
    text = (resources.files(f"dunwell.{area}.packs") / "cn.toml").read_text("utf-8")
    path = tmp_path / "draft.toml"
    path.write_text(text, "utf-8")
    assert run("law", "check", str(path)).exit_code == 0
    assert run("law", "check", "--area", area, str(path)).exit_code == 0
    other = "loans" if area != "loans" else "disputes"
    assert run("law", "check", "--area", other, str(path)).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("law", "show", "zz"),
        ("law", "diff", "zz", "2026-01-01", "2026-01-02"),
        ("calendar", "show", "zz", "2026"),
    ],
)
def test_an_unknown_pack_or_region_is_refused(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments).exception
    assert isinstance(refused, DunwellError)
    assert refused.code in ("pack.unknown", "calendar.unknown")


def test_the_calendar_of_a_year() -> None:
    told = json.loads(run("calendar", "show", "cn", "2026", "--json").output)
    assert told["confirmed_through"] == "2026-12-31"
    assert {"on": "2026-02-14", "kind": "make_up_workday"}.items() <= told["days"][4].items()
    assert "推算 provisional" in run("calendar", "show", "cn", "2027").output
    assert "confirmed through –" in run("calendar", "show", "de", "2026").output


def test_every_region_says_how_far_it_is_announced() -> None:
    told = run("calendar", "list").output
    assert "uk-scotland" in told
    assert told.index("│ de ") < told.index("│ us ") < told.index("│ cn ")
