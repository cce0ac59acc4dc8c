"""The statement of amount owed on paper: every figure that is owed stands there, in both languages."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO

import pypdfium2
import pytest
from openpyxl import load_workbook

from dunwell.documents.typesetting import CharacterMissing
from dunwell.loans.model import Component, EntryKind, LoanState
from dunwell.loans.model.overdue import OverdueItem
from dunwell.loans.model.owed import Language, View
from dunwell.loans.owed_cells import Cell, Exact, Minor, Rate, Writer
from dunwell.loans.owed_documents import owed_pdf, owed_xlsx
from dunwell.loans.owed_words import COMPONENTS, EVENTS, ITEMS, STATES, VIEWS
from tests.builders.owed import a_statement


def printed(document: bytes) -> str:
    """The text of a PDF without the breaks and the invisible marks where a line may break."""
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(document)]
    return "".join(pages).replace("\u200b", "").replace("\r", "").replace("\n", " ")


@pytest.mark.parametrize("language", list(Language))
def test_every_figure_of_the_statement_stands_on_the_paper(language: Language):
    text = printed(owed_pdf(a_statement(), "海港消费金融", language))
    wanted = [
        "海港消费金融",
        "HD-2026-000123",
        "1,231.04",
        "1,192.84",
        "38.20",
        "1,180.00",
        "0.74",
        "12,000.00",
    ]
    wanted += ["2026-11-23", "2026-10-15", "18 %", "27 %", "24 %", "28.849315", "2,461.808219"]
    assert [each for each in wanted if each not in text] == []
    assert "WX42000022332026091412345678901" in text.replace(" ", "")


def test_a_long_reference_is_cut_in_the_table_and_whole_beside_the_postings():
    (event, *_), long = a_statement().events, f"statement/{'5a' * 32}/0"
    told = a_statement(events=(replace(event, reference=long),))
    text = printed(owed_pdf(told, "x", Language.EN)).replace(" ", "")
    assert "statement/5a5a5a5a…" in text
    assert long not in text
    cells = [
        str(cell)
        for sheet in load_workbook(BytesIO(owed_xlsx(told, "x", Language.EN)))
        for row in sheet.values
        for cell in row
    ]
    assert any(cell.endswith(long) for cell in cells)


def test_renminbi_is_written_in_capitals_for_chinese_readers_only():
    assert "人民币壹仟贰佰叁拾壹元零肆分" in printed(owed_pdf(a_statement(), "x", Language.ZH))
    assert "人民币" not in printed(owed_pdf(a_statement(), "x", Language.EN))
    assert "人民币" not in printed(owed_pdf(a_statement(currency="USD"), "x", Language.ZH))


def test_a_statement_that_does_not_reconcile_says_so():
    assert "do not use this statement" in printed(owed_pdf(a_statement(reconciled=False), "x", Language.EN))


def test_no_cap_no_section_of_it_and_empty_tables_say_none():
    text = printed(owed_pdf(a_statement(capped=None, accrual=(), events=()), "x", Language.EN))
    assert "The cap of law" not in text
    assert text.count("none") == 2


def test_the_same_statement_gives_the_same_bytes():
    first, second = (owed_pdf(a_statement(), "x", Language.ZH) for _ in range(2))
    assert first == second


def test_a_reference_that_cannot_be_printed_is_refused_by_name():
    with pytest.raises(CharacterMissing):
        owed_pdf(a_statement(reference="\U000323af"), "x", Language.ZH)


def test_the_workbook_keeps_amounts_as_numbers_and_names_every_posting():
    book = load_workbook(BytesIO(owed_xlsx(a_statement(), "海港", Language.ZH)))
    assert book.sheetnames == ["欠款明细", "各项构成", "分期", "往来", "逾期计息过程", "法定上限", "分录"]
    front = {row[0].value: row[1].value for row in book["欠款明细"]}
    assert front["截至该日应付总额"] == 1231.04
    assert front["借款编号"] == "HD-2026-000123"
    assert [cell.value for cell in book["分期"][3]][:1] == [2]
    assert book["分期"][3][6].value == 1231.04
    numbers = [row[2].value for row in book["分录"].iter_rows(min_row=2)]
    assert numbers == ["11, 12", "11, 12", "11, 12", "21, 22, 23"]


def test_a_long_list_of_postings_goes_on_in_the_next_row():
    part = a_statement().parts[0]
    long = part.__class__(
        part.component, 1, 0, 0, 0, 1, 1, 0, part.ledger.__class__(part.ledger.account, 1, tuple(range(450)))
    )
    book = load_workbook(BytesIO(owed_xlsx(a_statement(parts=(long,), events=()), "x", Language.EN)))
    rows = list(book["Postings"].iter_rows(min_row=2))
    assert [row[1].value for row in rows] == [0.01, None, None]
    assert ", ".join(str(row[2].value) for row in rows) == ", ".join(map(str, range(450)))


@pytest.mark.parametrize(
    ("cell", "text", "value"),
    [
        (Minor(-123456), "-1,234.56", Decimal("-1234.56")),
        (Exact(Fraction(10, 3), 6), "0.033333", Decimal("0.033333")),
        (Rate(Fraction(1305, 10000)), "13.05 %", Decimal("13.05")),
        (date(2026, 1, 2), "2026-01-02", date(2026, 1, 2)),
        (None, "–", None),
        ("", "–", ""),
        (7, "7", 7),
    ],
)
def test_a_cell_as_it_is_printed_and_as_it_is_kept(cell: Cell, text: str, value: object):
    assert (Writer("CNY").printed(cell), Writer("CNY").kept(cell)) == (text, value)


def test_yen_have_no_decimals():
    assert Writer("JPY").printed(Minor(1234)) == "1,234"


def test_every_word_of_the_ledger_has_its_text_in_both_languages():
    for words, texts in (
        (Component, COMPONENTS),
        (LoanState, STATES),
        (View, VIEWS),
        (OverdueItem, ITEMS),
        (EntryKind, EVENTS),
    ):
        assert set(texts) == set(words)
        assert all(chinese and english for chinese, english in texts.values())
