# ruff: noqa: E501 - tables of small files
"""`channels.toml` and templates: wrong ones are refused when published, with file, key, line and remedy."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from dunwell.channels.settings import ChannelsFile, check_files, parse_templates
from dunwell.channels.wording import Template, TemplateUnusable, render
from dunwell.contact.model import Channel
from dunwell.kernel.errors import Fault
from dunwell.tenancy.files import Proposal, check

DEFAULTS = Path(__file__).parents[2] / "tenants" / "_defaults"
FACTS = {
    "lender": "安信分期", "name": "王小明", "amount": "1,234.56元", "due_date": "2026年3月9日", "days_late": "3", "loans": "2",
}  # fmt: skip


def _texts() -> dict[str, str]:
    found = {"channels": DEFAULTS / "channels.toml"}
    found |= {f"templates/{path.stem}": path for path in (DEFAULTS / "templates").glob("*.toml")}
    return {name: path.read_text() for name, path in found.items()} | {"tenant": "sandbox = true"}


def faults(changed: dict[str, str]) -> list[Fault]:
    """What is wrong with the defaults when some of their texts are changed, located as publishing does."""
    texts = _texts() | changed
    tables = {name: tomllib.loads(text) for name, text in texts.items()}
    return check(Proposal("acme", tables, texts, ()), [check_files])


def test_the_defaults_hold():
    assert faults({}) == []


def test_an_undeclared_variable_is_refused_with_file_and_line():
    text = _texts()["templates/before-due"].replace('variables = ["lender", ', "variables = [")
    found = faults({"templates/before-due": text})
    assert {fault.field for fault in found} == {
        f"templates/before-due.toml:text.{language}.{part}"
        for language in ("zh", "en")
        for part in ("subject", "email", "sms")
    }
    lines = text.splitlines()
    for fault in found:
        assert fault.line is not None
        assert lines[fault.line - 1].startswith(fault.field.rpartition(".")[2])
        assert "'lender' is not declared" in fault.problem
        assert fault.remedy


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("{{ amount }}", "{{ amonut }}", "'amonut' is not declared"),
        ("{{ objection }}", "", "objection"),
        ("{{ opt_out }}", "", "opt_out"),
        ("{{ lender }}", "", "lender"),
        ("{{ name }}", "{{ name", "line"),
        ("{{ name }}", "{% for each in name %}", "line"),
        ("{{ name }}", "{{ 1 // 0 }}", "cannot be filled"),
        ('variables = ["lender"', 'variables = ["lander"', "no such variable"),
        ("[text.en]", "[text.en]\ncolour = 1", ""),
        ("[text.en]", "[text.fr]", "[blocks.fr] is missing"),
        ("subject = ", "subjekt = ", ""),
    ],
)
def test_a_wrong_template_is_refused_where_it_is_wrong(was: str, becomes: str, says: str):
    found = faults({"templates/before-due": _texts()["templates/before-due"].replace(was, becomes)})
    assert found
    assert any(says in fault.problem for fault in found)
    assert all(fault.field.startswith("templates/before-due.toml:") and fault.remedy for fault in found)
    assert all(fault.line for fault in found)


@pytest.mark.parametrize(
    ("channels", "says"),
    [
        ('[sms]\nprovider = "smtp"\nsender = "x"', "smtp"),
        ('[sms]\nprovider = "sms_http"\nsender = "x"', "[sms.gateway]"),
        ('[email]\nprovider = "smtp"\nsender = "a@b.example"', "[email.smtp]"),
        ('[email]\nprovider = "off"\nsender = "nobody"', "no e-mail address"),
        ('[email]\nprovider = "off"\nsender = "a@b.example"\nsender_name = "a\\r\\nBcc: x"', "one line"),
        ('[sms]\nprovider = "pigeon"\nsender = "x"', "sandbox"),
        ('[sms]\nprovider = "sms_http"\nsender = "x"\n[sms.gateway]\nurl = "http://gw.example/"\nsecret = "env:GW_KEY"', "https"),
        ('[sms]\nprovider = "sms_http"\nsender = "x"\n[sms.gateway]\nurl = "https://gw.example/"\nsecret = "hunter2"', ""),
        ('[email]\nprovider = "smtp"\nsender = "a@b.example"\n[email.smtp]\nhost = "mx.example"\ntls = "none"\nusername = "u"', "clear"),
    ],
)  # fmt: skip
def test_a_wrong_channel_is_refused_where_it_is_wrong(channels: str, says: str):
    base = tomllib.loads(_texts()["channels"])
    table: dict[str, Any] = deepcopy(base) | tomllib.loads(channels)
    texts = _texts() | {"channels": channels}
    tables = {name: tomllib.loads(text) for name, text in texts.items()} | {"channels": table}
    found = check(Proposal("acme", tables, texts, ()), [check_files])
    assert found
    assert any(says in fault.problem for fault in found), found
    assert all(fault.field.startswith("channels.toml:") and fault.remedy for fault in found)


def test_a_sandbox_is_for_sandbox_tenants_only():
    found = faults({"tenant": "sandbox = false"})
    assert [fault.field for fault in found] == ["channels.toml:sms.provider", "channels.toml:email.provider"]


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_default_template_reads_well(channel: Channel, language: str):
    texts = _texts()
    channels = ChannelsFile.model_validate(tomllib.loads(texts["channels"]))
    tables = {name.partition("/")[2]: tomllib.loads(text) for name, text in texts.items() if "/" in name}
    for template in parse_templates(tables).values():
        rendered = render(template, channels.blocks[language], channel, language, FACTS)
        assert "安信分期" in rendered.body
        assert "1,234.56元" in rendered.body
        assert channels.blocks[language].objection in rendered.body
        assert channels.blocks[language].opt_out in rendered.body
        assert "{{" not in rendered.body + rendered.subject
        assert (rendered.subject == "") == (channel is Channel.SMS)


def test_the_language_is_the_borrowers_then_the_tenants():
    tables = {"x": tomllib.loads(_texts()["templates/before-due"])}
    template = parse_templates(tables)["x"]
    assert template.language("en", "zh") == "en"
    assert template.language("zh-CN", "en") == "zh"
    assert template.language("fr", "zh") == "zh"
    assert template.language(None, "fr") == "en"


@pytest.mark.parametrize(
    "text", ["{{ name.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ name.missing }}", "{{ 1 // 0 }}"]
)
def test_a_template_cannot_climb_out_of_its_sandbox(text: str):
    table = tomllib.loads(_texts()["templates/before-due"])
    table["text"]["zh"]["sms"] += text
    template = Template.model_validate(table)
    blocks = ChannelsFile.model_validate(tomllib.loads(_texts()["channels"])).blocks["zh"]
    with pytest.raises(TemplateUnusable):
        render(template, blocks, Channel.SMS, "zh", FACTS)
