"""`dunwell statement`: what an operator sees of a file, without a database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dunwell.kernel.errors import DunwellError
from dunwell.statements import commands
from dunwell.statements.commands import statement
from tests.builders.statements import a_payment, alipay_account, boc, locked, wechat_merchant


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "220")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(statement, arguments, catch_exceptions=True)


def a_file(folder: Path, content: str | bytes, name: str = "file") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_the_profiles_are_listed() -> None:
    done = run("profiles")
    assert done.exit_code == 0
    assert "wechat-merchant" in done.output
    assert "camt.053" in done.output


def test_a_file_that_is_right(tmp_path: Path) -> None:
    done = run("check", a_file(tmp_path, boc("20.00", "-3.00")))
    assert done.exit_code == 0
    for words in ("cn-boc-debit", "3167", "1: 20.00 CNY", "1: 3.00 CNY", "reconciled", "may be loaded"):
        assert words in done.output
    assert "付款人" not in done.output


def test_a_file_that_is_wrong(tmp_path: Path) -> None:
    done = run("check", a_file(tmp_path, wechat_merchant(a_payment(1), 总交易单数="2")))
    assert done.exit_code == 1
    assert "declares 2 entries and holds 1" in done.output
    assert "may be loaded" not in done.output


def test_many_faults_are_counted(tmp_path: Path) -> None:
    rows = boc(*["1.00"] * 300).replace('人民币,"1.00"', "人民币,x")
    done = run("check", a_file(tmp_path, rows))
    assert done.exit_code == 1
    assert "100 more" in done.output


def test_json(tmp_path: Path) -> None:
    done = run("check", a_file(tmp_path, boc("20.00", "-3.00")), "--json")
    found = json.loads(done.output)
    assert found["loadable"] is True
    assert found["profile"] == "cn-boc-debit"
    assert found["statements"][0]["credits"] == {"count": 1, "sum": {"amount": "20.00", "currency": "CNY"}}
    assert found["statements"][0]["closing"] == {"amount": "517.00", "currency": "CNY"}
    assert found["statements"][0]["reconciled"] is True
    wrong = run("check", a_file(tmp_path, boc("20.00").replace("2026-03-01", "2026-02-30")), "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.output)["faults"][0]["line"] == 3


def test_an_encrypted_file_and_its_password(tmp_path: Path) -> None:
    bill = alipay_account(("100.00", "在线支付")).encode("gb18030")
    file = a_file(tmp_path, locked("123456", "a.csv", bill))
    right = a_file(tmp_path, "123456\n", "right")
    assert run("check", file, "--password-file", right).exit_code == 0
    for options in ((), ("--password-file", a_file(tmp_path, "", "empty"))):
        refused = run("check", file, *options)
        assert isinstance(refused.exception, DunwellError)
        assert refused.exception.code == "statement.locked"


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    profile = a_file(
        tmp_path,
        'name = "own"\ntitle = "Own"\ncurrency = "USD"\nzone = "UTC"\n[file]\nheader = ["day", "usd"]\n'
        '[[row]]\ndate = "day"\namount = "usd"\n',
        "own.toml",
    )
    file = a_file(tmp_path, "day,usd\n2026-03-01,5.00\n")
    assert "1: 5.00 USD" in run("check", file, "--profile", profile).output
    assert "cn-boc-debit" in run("check", a_file(tmp_path, boc("1.00")), "--profile", "cn-boc-debit").output
    unknown = run("check", file, "--profile", "nobody.toml")
    assert isinstance(unknown.exception, DunwellError)


def test_a_long_file_draws_a_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LONG", 0)
    done = run("check", a_file(tmp_path, boc(*["1.00"] * 1200)))
    assert done.exit_code == 0
    assert "1200: 1200.00 CNY" in done.output
