"""Files that are damaged, locked, or made to hurt: each refused with words that help, none of them expensive."""

import base64
import io
import random
import zipfile
from pathlib import Path

import pytest

from dunwell.kernel.errors import Refused
from dunwell.statements import sources
from dunwell.statements.model import (
    FormatUnknown,
    ProfileNotFound,
    StatementLocked,
    StatementTooLarge,
    StatementUnreadable,
)
from tests.builders.statements import (
    a_payment,
    alipay_account,
    an_entry,
    another_bank,
    as_workbook,
    bai2,
    boc,
    camt,
    locked,
    mt940,
    wechat_merchant,
    zipped,
)
from tests.statements.read import read

BILL = alipay_account(("100.00", "在线支付")).encode("gb18030")
NAME = "20885000000000010156_20260301_账务明细.csv"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "x">'
    + "".join(f'<!ENTITY {chr(98 + number)} "{("&" + chr(97 + number) + ";") * 10}">' for number in range(9))
    + "]>"
)


def test_an_encrypted_bill_with_its_password(tmp_path: Path) -> None:
    found = read(tmp_path, locked("123456", NAME, BILL), password="123456")
    assert found.faults == []
    assert (found.file.profile, len(found.entries)) == ("alipay-merchant-account", 1)


# Written by Info-ZIP with its old cipher, password "secret": a table of one row.
OLD_CIPHER = (
    "UEsDBAoACQAAAA4CeF3EAVZKJAAAABgAAAAFABwAYS5jc3ZVVAkAA1zXBGtc1wRrdXgLAAEEAAAAAAQAAAAAjWGl1qasx5wlOLWbVx5Z"
    "7pBr2xtXfjzsushtge8geYqRdX4MUEsHCMQBVkokAAAAGAAAAFBLAQIeAwoACQAAAA4CeF3EAVZKJAAAABgAAAAFABgAAAAAAAEAAACk"
    "gQAAAABhLmNzdlVUBQADXNcEa3V4CwABBAAAAAAEAAAAAFBLBQYAAAAAAQABAEsAAABzAAAAAAA="
)


def test_the_old_cipher_of_zip(tmp_path: Path) -> None:
    bank = another_bank(file={"header": ["day", "usd"]}, line=[], row=[{"date": "day", "amount": "usd"}])
    found = read(tmp_path, base64.b64decode(OLD_CIPHER), profile=bank, password="secret")
    assert [entry.amount.minor for entry in found.entries] == [500]
    for number in range(20):
        with pytest.raises(StatementLocked, match="password is wrong"):
            read(tmp_path, base64.b64decode(OLD_CIPHER), profile=bank, password=f"wrong {number}")


@pytest.mark.parametrize(
    ("password", "words"), [(None, "is encrypted"), ("", "is encrypted"), ("654321", "password is wrong")]
)
def test_an_encrypted_bill_without_its_password(tmp_path: Path, password: str | None, words: str) -> None:
    with pytest.raises(StatementLocked, match=words) as caught:
        read(tmp_path, locked("123456", NAME, BILL), password=password)
    assert "请提供解压密码" in caught.value.faults[0].remedy


def test_names_in_gbk_and_a_summary_beside_the_bill(tmp_path: Path) -> None:
    summary = NAME.replace(".csv", "(汇总).csv")
    found = read(tmp_path, zipped(**{NAME: BILL, summary: "#汇总\n".encode("gb18030")}))
    assert len(found.entries) == 1
    assert "a summary in the archive was not read" in found.told


def test_several_statements_in_an_archive_are_numbered_through(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        zipped(
            **{
                "a.xml": camt(an_entry()).encode(),
                "b.txt": mt940().encode().replace(b"150,00", b"100,00"),
                "读我.txt": b"hello\n",
            }
        ),
    )
    assert found.faults == []
    assert [each.number for each in found.statements] == [1, 2]
    assert "a file in the archive is no statement we know" in found.told


def test_a_workbook_in_an_archive(tmp_path: Path) -> None:
    rows = [line.split(",") for line in boc("20.00").replace('"', "").splitlines()]
    assert len(read(tmp_path, zipped(**{"a.xlsx": as_workbook(rows)})).entries) == 1


def an_archive(name: str, content: bytes = b"x") -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped(**{"a.zip": zipped(**{NAME: BILL})}), "an archive within the archive"),
        (zipped(**{"a.csv": b"\x1f\x8b\x08" + b"x" * 50}), "an archive within the archive"),
        (an_archive("../../etc/passwd"), "leads out of it"),
        (an_archive("/etc/passwd"), "leads out of it"),
        (an_archive("C:\\windows\\a.csv"), "leads out of it"),
        (an_archive("a.csv", b"0" * 30_000_000), "unpacks to far more than it is"),
        (zipped(**{f"{number}.csv": b"x" for number in range(101)}), "more than 100 files"),
        (zipped(**{NAME: BILL})[:-30], "damaged"),
        (zipped(**{NAME: BILL}).replace(b"PK\x05\x06", b"PK\x07\x06"), "damaged"),
        (zipped(), "the archive is empty"),
        (b"Rar!\x1a\x07\x00" + b"x" * 100, "an archive that is no zip"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600,
            "a workbook with a password, or in the old .xls format",
        ),
        (b"%PDF-1.7\n", "a PDF"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a web page that calls itself a table"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty|no known statement"),
        ("交易时间,金额\n".encode("gb18030") + b"\xff\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"a,b\0c\n1,2\n", "zero byte"),
        (b"x" * 3_000_000 + b"\n", "longer than 1 MiB"),
        (as_workbook([["a"]])[:-200], "damaged"),
    ],
)
def test_what_is_no_statement_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises((StatementUnreadable, FormatUnknown), match=words) as caught:
        read(tmp_path, content)
    assert caught.value.faults
    assert all(fault.remedy for fault in caught.value.faults)


def test_bytes_changed_within_an_archive(tmp_path: Path) -> None:
    content = bytearray(zipped(**{NAME: BILL}))
    content[120] ^= 0xFF
    with pytest.raises(StatementUnreadable, match="damaged"):
        read(tmp_path, bytes(content))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB + "<Document>&j;</Document>", "document type or entities"),
        (
            '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            + camt(an_entry()).split("?>", 1)[1].replace("S-1", "&e;"),
            "document type or entities",
        ),
        (
            '<!DOCTYPE d SYSTEM "http://127.0.0.1/d.dtd">' + camt(an_entry()).split("?>", 1)[1],
            "document type or entities",
        ),
        (camt("<a>" * 5000 + "</a>" * 5000), "nested deeper"),
        (camt(f"<AddtlInf>{'x' * 2_000_000}</AddtlInf>"), "more than 1 MiB in one element"),
        (camt(f"<a b='{'x' * 2_000_000}'/>"), "more than 1 MiB in one element"),
    ],
)
def test_xml_made_to_hurt(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(StatementUnreadable, match=words):
        read(tmp_path, text)


def test_an_entry_of_endless_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunwell.statements.readers.camt.MOST_DETAILS", 10)
    with pytest.raises(StatementUnreadable, match="more than 10 transactions"):
        read(tmp_path, camt(an_entry(details="<TxDtls/>" * 11)))


def test_entities_in_a_workbook(tmp_path: Path) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_workbook([["a", "b"]]))) as book, zipfile.ZipFile(kept, "w") as out:
        for name in book.namelist():
            part = book.read(name)
            if name.endswith("sheet1.xml"):
                part = b'<!DOCTYPE a [<!ENTITY e "x">]>' + part
            out.writestr(name, part)
    with pytest.raises(StatementUnreadable, match="declares XML entities"):
        read(tmp_path, kept.getvalue())


def test_a_formula_is_no_amount(tmp_path: Path) -> None:
    rows: list[list[object]] = [line.split(",") for line in boc("20.00").replace('"', "").splitlines()]
    rows[2][3] = "=1+19"
    assert "cell D3 holds a formula" in read(tmp_path, as_workbook(rows)).problems


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(StatementTooLarge, match="longer than 1024 MiB"):
        sources_opened(path)


def sources_opened(path: Path) -> None:
    with sources.ExitStack() as stack:
        sources.opened(path, stack)


def test_an_archive_of_two_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_BYTES", 5000)
    with pytest.raises(StatementTooLarge, match="unpacks to more"):
        read(tmp_path, an_archive("a.csv", b"0" * 9000))


def test_an_unknown_profile(tmp_path: Path) -> None:
    with pytest.raises(ProfileNotFound) as caught:
        read(tmp_path, boc("1.00"), profile="cn-nobank")
    assert "cn-boc-debit" in caught.value.faults[0].remedy


def test_other_xml(tmp_path: Path) -> None:
    with pytest.raises(FormatUnknown, match="no camt"):
        read(tmp_path, "<invoice/>")


FILES = [
    wechat_merchant(a_payment(1), a_payment(2)).encode(),
    BILL,
    boc("20.00", "-3.00", "4.00").encode(),
    camt(an_entry(), an_entry("10.00", mark="DBIT")).encode(),
    mt940(":61:2603010301C50,00NTRFNONREF//B1\r\n:86:166?00X?20EREF+L?32NAME").encode(),
    bai2("16,165,5000,Z,REF,,TEXT").encode(),
    zipped(**{NAME: BILL}),
    as_workbook([line.split(",") for line in boc("20.00").replace('"', "").splitlines()]),
]


@pytest.mark.parametrize("place", range(len(FILES)))
def test_whatever_is_cut_or_changed_ends_in_words(tmp_path: Path, place: int) -> None:
    """Cut anywhere, or with bytes changed anywhere, a file is read, faulted or refused: nothing else happens."""
    source = random.Random(place)
    whole = FILES[place]
    for _ in range(120):
        content = bytearray(whole[: source.randrange(1, len(whole))] if source.random() < 0.5 else whole)
        for _ in range(source.randrange(4)):
            content[source.randrange(len(content))] = source.randrange(256)
        assert outcome(tmp_path, bytes(content))


def outcome(folder: Path, content: bytes) -> str:
    try:
        return f"read: {len(read(folder, content).entries)}"
    except Refused as refusal:
        return "\n".join(str(fault) for fault in refusal.faults)
