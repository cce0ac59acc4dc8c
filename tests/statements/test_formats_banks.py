"""camt, MT940 and BAI2: what banks send, and what is wrong with some of it."""

from datetime import date
from pathlib import Path

import pytest

from dunwell.statements.model import Direction, Kind, Scheme, State, StatementUnreadable
from tests.builders.statements import a_detail, an_entry, bai2, camt, mt940
from tests.statements.read import read

TRANSFER = (
    ":61:2603010301C50,00NTRFNONREF//BANK0001\r\n"
    ":86:166?00GUTSCHRIFT?20EREF+LOAN-4711?21SVWZ+RATE 3?30DEUTDEFF?31DE8937040044?32MAX MUSTERMANN"
)
DEBIT = ":61:2603010301D10,00NCHGKREF-9//BANK0002\r\n:86:GEBUEHREN"


def a_summary(told: str) -> str:
    return f"<TxsSummry>{told}</TxsSummry>"


@pytest.mark.parametrize("version", [f"camt.053.001.{number:02}" for number in range(2, 15)])
@pytest.mark.parametrize("prefix", ["", "n0"])
def test_every_version_and_prefix(tmp_path: Path, version: str, prefix: str) -> None:
    found = read(tmp_path, camt(an_entry(details=a_detail("50.00")), version=version, prefix=prefix))
    assert found.faults == []
    assert found.statements[0].version == version
    assert found.entries[0].counterparty is not None
    assert found.entries[0].counterparty.name == "Payer"
    assert found.totals[0].reconciled is True


def test_a_message_in_utf_16(tmp_path: Path) -> None:
    text = camt(an_entry(details=a_detail("50.00", name="Müller"))).replace('"UTF-8"', '"UTF-16"')
    (entry,) = read(tmp_path, text.encode("utf-16")).entries
    assert entry.counterparty is not None
    assert entry.counterparty.name == "Müller"


def test_a_message_in_an_envelope(tmp_path: Path) -> None:
    text = camt(an_entry()).replace("<Document", "<Envelope><AppHdr><Fr/></AppHdr><Document") + "</Envelope>"
    assert read(tmp_path, text).totals[0].reconciled is True


def test_an_entry_divides_into_its_transactions(tmp_path: Path) -> None:
    details = a_detail("20.00", "E-1", name="One") + a_detail("30.00", "E-2", name="Two")
    (entry,) = read(tmp_path, camt(an_entry(details=details))).entries
    parts = entry.parts
    assert [(part.part, part.amount.minor) for part in parts] == [(1, 2000), (2, 3000)]
    assert [part.counterparty.name for part in parts if part.counterparty] == ["One", "Two"]
    assert [each.text for each in parts[1].references] == ["E-2", "N-1", "B-1"]
    assert sum(part.signed.minor for part in parts) == entry.signed.minor


def test_transactions_go_their_own_way_when_they_add_up_by_it(tmp_path: Path) -> None:
    details = a_detail("70.00", mark="CRDT") + a_detail("20.00", mark="DBIT")
    (entry,) = read(tmp_path, camt(an_entry(details=details))).entries
    assert [part.signed.minor for part in entry.parts] == [7000, -2000]


@pytest.mark.parametrize(
    "details",
    [
        a_detail("20.00") + a_detail("20.00"),
        a_detail("20.00") + a_detail("30.00").replace("'EUR'", "'CHF'"),
        a_detail("50.00"),
        a_detail("20.00") + "<TxDtls><Refs/></TxDtls>",
    ],
)
def test_transactions_that_do_not_add_up_do_not_divide_the_entry(tmp_path: Path, details: str) -> None:
    (entry,) = read(tmp_path, camt(an_entry(details=details))).entries
    assert entry.parts == (entry,)


def test_only_booked_entries_count(tmp_path: Path) -> None:
    states = ("<Sts>PDNG</Sts>", "<Sts>INFO</Sts>", "<Sts><Cd>FUTR</Cd></Sts>")
    found = read(tmp_path, camt(an_entry(), *(an_entry("7.00", state=state) for state in states)))
    assert found.faults == []
    assert [entry.state for entry in found.entries] == [
        State.BOOKED,
        State.PENDING,
        State.INFORMATION,
        State.PENDING,
    ]
    assert found.totals[0].not_booked == 3


def test_a_reversal_a_return_and_an_overdraft(tmp_path: Path) -> None:
    back = a_detail("120.00").replace("</TxDtls>", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>")
    found = read(
        tmp_path,
        camt(
            an_entry("50.00", mark="DBIT", more="<RvslInd>true</RvslInd>"),
            an_entry("120.00", mark="DBIT", details=back),
            closing="-70.00",
        ),
    )
    assert found.faults == []
    assert [entry.kind for entry in found.entries] == [Kind.REVERSAL, Kind.RETURN]
    assert found.entries[0].is_reversal


def test_pages_reconcile_by_their_interim_balances(tmp_path: Path) -> None:
    page = "<Id>S-1</Id><StmtPgntn><PgNb>{}</PgNb><LastPgInd>{}</LastPgInd></StmtPgntn>"
    whole = camt(an_entry())
    first = whole.replace("<Id>S-1</Id>", page.format(1, "false")).replace("CLBD", "ITBD")
    last = whole.replace("<Id>S-1</Id>", page.format(2, "true")).replace("OPBD", "ITBD")
    middle = last.replace("CLBD", "ITBD")
    for text in (first, middle, last):
        assert read(tmp_path, text).totals[0].reconciled is True
        assert "it closes with" in read(tmp_path, text.replace(">50.00<", ">49.00<")).problems
    alone = whole.replace("OPBD", "ITBD")
    assert read(tmp_path, alone).totals[0].reconciled is None
    one = middle.replace("<Bal>", "<x>", 1).replace("</Bal>", "</x>", 1)
    assert read(tmp_path, one).totals[0].reconciled is None


@pytest.mark.parametrize(
    ("charges", "fee"),
    [
        ("<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>1.50</TtlChrgsAndTaxAmt></Chrgs>", "1.50"),
        (
            "<Chrgs><Rcrd><Amt Ccy='EUR'>1.00</Amt></Rcrd><Rcrd><Amt Ccy='EUR'>0.25</Amt></Rcrd></Chrgs>",
            "1.25",
        ),
        ("<Chrgs><Amt Ccy='EUR'>1.00</Amt></Chrgs><Chrgs><Amt Ccy='EUR'>2.00</Amt></Chrgs>", "3.00"),
        ("<Chrgs><Amt Ccy='EUR'>1.00</Amt></Chrgs><Chrgs><Amt Ccy='USD'>2.00</Amt></Chrgs>", None),
        ("", None),
    ],
)
def test_charges(tmp_path: Path, charges: str, fee: str | None) -> None:
    (entry,) = read(tmp_path, camt(an_entry(more=charges))).entries
    assert (entry.fee.amount if entry.fee is not None else None) == fee


def test_references_that_say_there_is_none_are_none(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, camt(an_entry(details=a_detail("50.00", "NOTPROVIDED")))).entries
    assert Scheme.END_TO_END not in {each.scheme for each in entry.references}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (camt(an_entry(), closing="151.00"), "it closes with 151.00 EUR"),
        (camt(an_entry("50.001")), "statement 1, entry 1: Amt: more than 2 decimals"),
        (camt(an_entry("abc")), "entry 1: Amt: not an amount"),
        (camt(an_entry("-50.00")), "entry 1: Amt: below zero"),
        (camt(an_entry("1" * 25)), "entry 1: Amt: not an amount, or larger"),
        (camt(an_entry(mark="XXXX")), "Ntry/CdtDbtInd: neither CRDT nor DBIT"),
        (camt(an_entry(state="<Sts>DONE</Sts>")), "Sts: none of BOOK"),
        (camt(an_entry(currency="XYZ")), "Amt: unknown currency"),
        (camt(an_entry(currency="CHF")), "an entry in CHF on an account in EUR"),
        (
            camt(an_entry()).replace("<BookgDt><Dt>2026-03-01", "<BookgDt><Dt>2026-13-01"),
            "BookgDt: not a date",
        ),
        (
            camt(an_entry(), summary=a_summary("<TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>")),
            "declares 2 entries and holds 1",
        ),
        (
            camt(
                an_entry(),
                summary=a_summary("<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>9.00</Sum></TtlCdtNtries>"),
            ),
            "declares credits of 9.00 EUR",
        ),
        (camt(an_entry()).replace(">100.00<", ">1x<"), "Bal/Amt: not an amount"),
    ],
)
def test_a_wrong_message_is_told_with_its_entry(tmp_path: Path, text: str, words: str) -> None:
    assert words in read(tmp_path, text).problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (camt(an_entry())[:-30], "not well-formed"),
        (camt(an_entry()).replace("<Stmt>", "<Rpt>").replace("</Stmt>", "</Rpt>"), "holds no statement"),
        (camt(an_entry()).replace("</NtryRef>", ""), "not well-formed"),
        (camt(an_entry()).replace('encoding="UTF-8"', 'encoding="nonsense"'), "encoding"),
    ],
)
def test_a_broken_message(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(StatementUnreadable, match=words):
        read(tmp_path, text)


def test_a_notification_without_balances(tmp_path: Path) -> None:
    text = camt(an_entry()).replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn").replace("Stmt>", "Ntfctn>")
    found = read(tmp_path, text.replace("053", "054"))
    assert found.faults == []
    assert found.file.format == "camt.054"


def test_mt940(tmp_path: Path) -> None:
    found = read(tmp_path, mt940(TRANSFER, DEBIT, closing="C260301EUR140,00"))
    assert found.faults == []
    credit, debit = found.entries
    assert (credit.direction, credit.amount.minor, credit.booked_on) == (
        Direction.CREDIT,
        5000,
        date(2026, 3, 1),
    )
    assert [(each.scheme, each.text) for each in credit.references] == [
        (Scheme.BANK, "BANK0001"),
        (Scheme.END_TO_END, "LOAN-4711"),
    ]
    assert credit.counterparty is not None
    assert (credit.counterparty.name, credit.counterparty.account) == ("MAX MUSTERMANN", "DE8937040044")
    assert credit.text == "RATE 3"
    assert (debit.signed.minor, debit.kind, debit.text) == (-1000, Kind.FEE, "GEBUEHREN")
    assert (found.statements[0].sequence, found.statements[0].page) == ("00007", "001")
    assert found.totals[0].reconciled is True


@pytest.mark.parametrize(("mark", "minor"), [("C", 5000), ("D", -5000), ("RC", -5000), ("RD", 5000)])
def test_mt940_marks(tmp_path: Path, mark: str, minor: int) -> None:
    closing = "C260301EUR150,00" if minor > 0 else "C260301EUR50,00"
    found = read(tmp_path, mt940(f":61:2603010301{mark}50,00NTRFNONREF", closing=closing))
    assert found.faults == []
    assert found.entries[0].signed.minor == minor
    assert found.entries[0].is_reversal == mark.startswith("R")


def test_mt940_value_date_of_a_bank_that_counts_thirty_days(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, mt940(":61:2602300301C50,00NTRFNONREF")).entries
    assert (entry.value_on, entry.booked_on) == (date(2026, 2, 28), date(2026, 3, 1))


def test_mt940_in_the_words_of_other_banks(tmp_path: Path) -> None:
    words = ":61:2603010301C50,00NTRFNONREF\r\n:86:/EREF/L-4711//CNTP/NL56AGDH9619008421/AGDHNL2A/J Jansen//REMI/rate 3"
    found = read(tmp_path, mt940(words))
    assert found.entries[0].counterparty is not None
    assert found.entries[0].counterparty.name == "J Jansen"
    assert found.entries[0].references[0].text == "L-4711"
    assert found.entries[0].text == "rate 3"


def test_mt940_pages_must_join(tmp_path: Path) -> None:
    first = mt940(TRANSFER).replace(":62F:", ":62M:")
    second = (
        mt940(DEBIT, opening="C260301EUR150,00", closing="C260301EUR140,00")
        .replace(":60F:", ":60M:")
        .replace("/001", "/002")
    )
    found = read(tmp_path, first + second)
    assert found.faults == []
    assert [each.page for each in found.statements] == ["001", "002"]
    missing = second.replace("EUR150,00", "EUR170,00").replace("EUR140,00", "EUR160,00")
    assert "a page is missing" in read(tmp_path, first + missing).problems


def test_mt940_in_swift_blocks(tmp_path: Path) -> None:
    text = "{1:F01BANKDEFFXXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n" + mt940(TRANSFER).replace(
        "\r\n-\r\n", "\r\n-}\r\n"
    )
    assert read(tmp_path, text).totals[0].reconciled is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (mt940(TRANSFER, closing="C260301EUR151,00"), "it closes with 151.00 EUR"),
        (mt940(TRANSFER).split(":62F:")[0], "the file is cut off"),
        (mt940(TRANSFER.replace("C50,00", "C5x")), "line 5, :61:: not written as the format wants it"),
        (mt940(TRANSFER.replace("2603010301", "2613010301")), ":61:: not written as the format wants it"),
        (mt940(TRANSFER, opening="C260228EURabc"), ":60F:"),
        (mt940(TRANSFER).replace(":28C:00007/001\r\n", ""), "no :28C:"),
        (mt940(TRANSFER).replace("EUR", "XYZ"), "unknown currency"),
        (mt940(TRANSFER, more=":90C:2EUR50,00"), "declares 2 credits and holds 1"),
        (mt940(TRANSFER, more=":90D:1EUR5,00"), "declares 1 debits and holds 0"),
        (mt940(TRANSFER, more=":99Z:what"), ":99Z:: an unknown field"),
    ],
)
def test_mt940_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    found = read(tmp_path, text)
    assert words in found.problems
    assert "MUSTERMANN" not in found.problems


def test_the_mt940_library_logs_nothing_of_a_payer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        read(tmp_path, mt940(TRANSFER.replace("C50,00", "Cx")))
    assert "MUSTERMANN" not in caplog.text
    assert "LOAN-4711" not in caplog.text


def test_bai2(tmp_path: Path) -> None:
    lockbox = "16,115,6000,S,5000,1000,0/\n88,BANKREF,LOAN-4711,LOCKBOX, ONE/TWO\n88,MORE TEXT"
    fee = "16,698,1000,Z,,,SERVICE FEE"
    found = read(tmp_path, bai2(lockbox, fee))
    assert found.faults == []
    credit, debit = found.entries
    assert (credit.signed.minor, debit.signed.minor) == (6000, -1000)
    assert [(each.scheme, each.text) for each in credit.references] == [
        (Scheme.BANK, "BANKREF"),
        (Scheme.CUSTOMER, "LOAN-4711"),
    ]
    assert credit.text == "LOCKBOX, ONE/TWO MORE TEXT"
    assert credit.code is not None
    assert credit.code.proprietary == "115"
    assert found.statements[0].account.identifier == "0975312468"
    assert found.totals[0].reconciled is True


@pytest.mark.parametrize(
    ("detail", "value_on"),
    [
        ("16,165,5000,V,260303,0900,REF,,TEXT", date(2026, 3, 3)),
        ("16,165,5000,D,2,0,3000,1,2000,REF,,TEXT", None),
        ("16,165,5000,0,REF,,TEXT", None),
        ("16,165,5000,,REF,,TEXT", None),
    ],
)
def test_bai2_funds(tmp_path: Path, detail: str, value_on: date | None) -> None:
    (entry,) = read(tmp_path, bai2(detail)).entries
    assert (entry.value_on, entry.references[0].text, entry.text) == (value_on, "REF", "TEXT")


@pytest.mark.parametrize(
    ("code", "minor", "kind", "state"),
    [
        ("399", 5000, Kind.OTHER, State.BOOKED),
        ("475", -5000, Kind.OTHER, State.BOOKED),
        ("552", -5000, Kind.REVERSAL, State.BOOKED),
        ("257", 5000, Kind.RETURN, State.BOOKED),
        ("720", 5000, Kind.OTHER, State.BOOKED),
        ("760", -5000, Kind.OTHER, State.BOOKED),
        ("930", 5000, Kind.OTHER, State.BOOKED),
        ("970", -5000, Kind.OTHER, State.BOOKED),
        ("890", 0, Kind.OTHER, State.INFORMATION),
    ],
)
def test_bai2_type_codes(tmp_path: Path, code: str, minor: int, kind: Kind, state: State) -> None:
    found = read(tmp_path, bai2(f"16,{code},5000,Z,,,X", closing=10000 + minor))
    assert found.faults == []
    assert (found.entries[0].signed.minor, found.entries[0].kind, found.entries[0].state) == (
        minor,
        kind,
        state,
    )


DETAIL = "16,165,5000,Z,REF,,TEXT"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (bai2(DETAIL, control=1), "record 49: control total: it declares 1"),
        (bai2(DETAIL, records=9), "record 49: records: it declares 9, the file holds 3"),
        (bai2(DETAIL, accounts=2), "record 98: parts: it declares 2, the file holds 1"),
        (bai2(DETAIL, closing=15001), "it closes with 150.01 USD"),
        (bai2("16,099,5000,Z,,,X"), "a type code that is no entry"),
        (bai2("16,165,-5000,Z,,,X"), "an amount below zero"),
        (bai2("16,165,5000,Q,,,X"), "an unknown funds type"),
        (bai2(DETAIL).replace("122099999,1,", "122099999,4,"), "the group is a test"),
        (bai2(DETAIL).replace("16,165,5000", "16,165,5x00"), "a number is none"),
        (bai2(DETAIL).replace("99,30000,1,7/", "99,30000/"), "the trailer is cut off"),
    ],
)
def test_bai2_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    assert words in read(tmp_path, text).problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (bai2(DETAIL).split("99,")[0], "no file trailer"),
        (bai2(DETAIL).replace("98,", "97,"), "record code that BAI2 does not have"),
        (bai2(DETAIL).replace("16,165", "88,165").replace("03,0975312468", "16,0975312468"), "wrong place"),
        (bai2(DETAIL) + bai2(DETAIL), "behind the file trailer"),
        (bai2(DETAIL).replace("260301,2359", "269901,2359"), "record 02: not a date"),
        (bai2(DETAIL).replace("0975312468,USD", "0975312468,XYZ"), "record 03: an unknown currency"),
        (bai2(DETAIL + "\n88,MORE" * 300), "without end"),
        (bai2(DETAIL).replace("49,", "02,1,1,1,260301,,USD/\n49,"), "wrong place"),
        (bai2(DETAIL).replace("49,", "01,1,1,260301,,1/\n49,"), "record 01 stands in the wrong place"),
    ],
)
def test_bai2_out_of_order(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(StatementUnreadable, match=words):
        read(tmp_path, text)
