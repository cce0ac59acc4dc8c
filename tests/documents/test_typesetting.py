"""PDF and XLSX: what went in comes out, and what cannot be printed is said."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import load_workbook

from dunwell.documents.typesetting import CharacterMissing, pdf
from dunwell.documents.workbook import Sheet, xlsx
from dunwell.kernel.errors import Broken

AT = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)
PLAIN = """#let data = json(bytes(sys.inputs.data))
#set text(font: "Noto Sans CJK SC")
#data.name
#for row in data.rows [#row ]"""


def template(folder: Path, text: str) -> Path:
    path = folder / "letter.typ"
    path.write_text(text, encoding="utf-8")
    return path


def words(document: bytes) -> str:
    return "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(document))


def test_rare_characters_of_a_name_are_printed_and_can_be_copied_out(tmp_path: Path):
    made = pdf(template(tmp_path, PLAIN), {"name": "𠮷田 欠款明细", "rows": ["a", "b"]}, AT)
    assert "𠮷田 欠款明细" in words(made)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path):
    letter = template(tmp_path, PLAIN)
    assert pdf(letter, {"name": "x", "rows": []}, AT) == pdf(letter, {"rows": [], "name": "x"}, AT)


def test_data_is_text_and_never_markup(tmp_path: Path):
    made = pdf(template(tmp_path, PLAIN), {"name": '#read("/etc/passwd") *b* $x$', "rows": []}, AT)
    assert '#read("/etc/passwd") *b* $x$' in words(made)


def test_a_character_without_a_glyph_is_named_wherever_it_stands(tmp_path: Path):
    with pytest.raises(CharacterMissing) as refusal:
        pdf(template(tmp_path, PLAIN), {"name": "x", "rows": ["fine", "\U000323af"]}, AT)
    assert refusal.value.faults[0].problem == "U+323AF cannot be printed"


def test_a_template_that_cannot_be_set_is_our_fault(tmp_path: Path):
    with pytest.raises(Broken, match=r"letter\.typ"):
        pdf(template(tmp_path, "#data.nothing"), {}, AT)


def test_a_workbook_keeps_text_as_text_and_numbers_as_numbers():
    rows = [("=1+1", Decimal("1234.50"), date(2026, 1, 2), None, 7)]
    book = load_workbook(
        BytesIO(xlsx([Sheet("欠款", [20, 12], ["款项", "金额"], rows), Sheet("b", [], [], [])]))
    )
    assert [sheet.title for sheet in book] == ["欠款", "b"]
    head, row = book["欠款"].iter_rows()
    assert [cell.value for cell in head[:2]] == ["款项", "金额"]
    assert row[0].value == "=1+1"
    assert row[0].data_type == "s"
    assert (row[1].value, row[4].value) == (1234.5, 7)
    assert row[2].value.date() == date(2026, 1, 2)
