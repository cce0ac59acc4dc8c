"""Files that are broken in every way a file can be: a clear fault at its line, and the rest goes on."""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.intake.model import LINE_BYTES, RowProblem, TapeUnreadable
from dunwell.intake.parsing import Parser
from dunwell.intake.readers import Header, open_reader
from tests.builders.tapes import (
    HEADER,
    a_profile,
    a_row,
    a_workbook,
    csv_bytes,
    csv_text,
    in_pieces,
    read_tape,
)


def rows_of(content: bytes, piece: int = 1 << 20, **shape: object):
    reader = open_reader(a_profile(file={"format": "csv", **shape}))
    items = [item for part in in_pieces(content, piece) for item in reader.feed(part)]
    items += reader.close()
    return (
        [item for item in items if isinstance(item, tuple)],
        [item for item in items if isinstance(item, RowProblem)],
    )


def cells_of(content: bytes, **shape: object):
    return [cells for _, cells in rows_of(content, **shape)[0]]


@pytest.mark.parametrize("piece", [1, 3, 7, 64, 1 << 20])
def test_where_the_pieces_are_cut_makes_no_difference(piece: int):
    content = 'a,b\n1,"x\ny"\n2,"say ""hi"""\r\n\n3,"张,伟"'.encode()
    rows, problems = rows_of(content, piece)
    assert rows == [(2, ["1", "x\ny"]), (4, ["2", 'say "hi"']), (6, ["3", "张,伟"])]
    assert problems == []


def test_a_line_in_the_wrong_encoding_is_named_with_its_byte():
    content = b"a,b\n1,x\n" + "2,张伟\n".encode("gb18030") + b"3,z\n"
    rows, [problem] = rows_of(content)
    assert [line for line, _ in rows] == [2, 4]
    assert problem.line == 3
    assert "not utf-8-sig at byte 10 of the file" in problem.problem
    assert "encoding" in problem.remedy


def test_a_header_in_the_wrong_encoding_ends_the_file():
    with pytest.raises(TapeUnreadable) as wrong:
        rows_of("编号,姓名\n1,x\n".encode("gb18030"))
    assert wrong.value.faults[0].line == 1
    assert "byte" in wrong.value.faults[0].problem


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32", "big5"]
)
def test_each_encoding_gives_the_same_rows(encoding: str):
    content = "編號,名\n1,張偉\n2,李娜\n".encode(encoding)
    for piece in (1, 5, 1 << 20):
        rows, problems = rows_of(content, piece, encoding=encoding)
        assert [cells for _, cells in rows] == [["1", "張偉"], ["2", "李娜"]]
        assert problems == []


def test_a_missing_column_is_named_with_the_one_that_was_probably_meant():
    content = csv_text([a_row()]).replace("amount", "amuont").encode()
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(), content)
    [fault] = wrong.value.faults
    assert (fault.field, fault.line) == ("amount", 1)
    assert "'amuont'" in fault.remedy


def test_every_missing_column_is_named_at_once():
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(), b"ref,customer\n1,2\n")
    assert {fault.field for fault in wrong.value.faults} == set(HEADER) - {"ref", "customer"}


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(TapeUnreadable) as wrong:
        rows_of(b"a,b,a\n1,2,3\n")
    assert [fault.field for fault in wrong.value.faults] == ["a"]


def test_a_quote_that_is_never_closed_costs_its_own_line_only():
    rows, [problem] = rows_of(b'a,b\n1,"open\n2,x\n3,y\n')
    assert problem.line == 2
    assert "never closed" in problem.problem
    assert [line for line, _ in rows] == [3, 4]


def test_an_open_quote_that_meets_another_one_costs_its_own_line_only():
    rows, [problem] = rows_of(b'a,b\n1,"open\n2,"x"\n3,y\n')
    assert problem.line == 2
    assert [line for line, _ in rows] == [3, 4]


def test_text_behind_a_closing_quote_is_refused():
    rows, [problem] = rows_of(b'a,b\n1,"x"y\n2,z\n')
    assert problem.line == 2
    assert [line for line, _ in rows] == [3]


def test_an_open_quote_does_not_swallow_a_long_file():
    body = b"".join(b"%d,x\n" % number for number in range(5000))
    rows, [problem] = rows_of(b'a,b\n0,"open\n' + body, 1000)
    assert problem.line == 2
    assert len(rows) == 5000


def test_a_file_that_quotes_nothing_may_hold_quotes():
    assert cells_of(b'a|b\n5" pipe|x\n', delimiter="|", quote="") == [['5" pipe', "x"]]


def test_quotes_may_be_escaped_by_a_sign_of_their_own():
    assert cells_of(b'a,b\n"say \\"hi\\"",x\n', escape="\\") == [['say "hi"', "x"]]


def test_ragged_rows_are_named_and_trailing_delimiters_forgiven():
    rows, problems = rows_of(b"a,b\n1\n1,2,3\n1,2,,\n4,5\n")
    assert [line for line, _ in rows] == [4, 5]
    assert [(problem.line, problem.problem) for problem in problems] == [
        (2, "1 cells where the header has 2"),
        (3, "3 cells where the header has 2"),
    ]
    assert cells_of(b"a,b\n1\n", short_rows="pad") == [["1", ""]]


def test_zero_bytes_are_named_with_their_place():
    rows, [problem] = rows_of(b"a,b\n1,\x00\n2,y\n")
    assert (problem.line, problem.problem) == (2, "a zero byte at byte 6 of the file")
    assert [line for line, _ in rows] == [3]


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
def test_an_empty_file_is_refused(form: str):
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(file={"format": form}), b"")
    assert wrong.value.detail == "the file is empty"


def test_a_file_of_nothing_but_zero_bytes_is_refused():
    with pytest.raises(TapeUnreadable):
        read_tape(a_profile(), b"\x00" * 5000)


def test_a_header_without_rows_is_refused():
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(), csv_bytes())
    assert "no rows" in wrong.value.detail


def test_a_line_without_end_is_told_once_and_never_kept():
    reader = open_reader(a_profile())
    problems = [item for item in reader.feed(csv_bytes(a_row(1))) if isinstance(item, RowProblem)]
    piece = b"x" * (1 << 20)
    tracemalloc.start()
    for _ in range(300):
        problems += [item for item in reader.feed(piece) if isinstance(item, RowProblem)]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rest = list(reader.feed(b"\n" + csv_bytes(a_row(2)).splitlines()[1] + b"\n"))
    assert [(problem.line, problem.problem) for problem in problems] == [(3, "longer than 1 MiB")]
    assert most < 8 * (1 << 20)
    assert [item[0] for item in rest if isinstance(item, tuple)] == [4]


def test_a_line_just_over_the_limit_is_a_problem_of_that_line():
    content = b"a,b\n1," + b"x" * LINE_BYTES + b"\n2,y\n"
    rows, [problem] = rows_of(content, 4096)
    assert (problem.line, [line for line, _ in rows]) == (2, [3])


def test_memory_does_not_grow_with_the_file():
    profile = a_profile()
    head, line = csv_bytes(a_row()).split(b"\n")[:2]

    def peak(pieces: int) -> int:
        parser = Parser(profile)
        parser.feed(head + b"\n")
        tracemalloc.start()
        for _ in range(pieces):
            for batch in parser.feed((line + b"\n") * 2000):
                assert not batch.problems
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few = peak(3)
    assert peak(15) < few * 1.5 + 200_000


def test_lines_before_the_header_and_totals_behind_the_rows_are_passed_over():
    content = "贷款明细\n日期 2026\n\n编号,金额\n1,2\n合计,2\n".encode()
    assert cells_of(content, header=4, ignore=["合计"]) == [["1", "2"]]
    assert cells_of(content, header_starts="编号", ignore="合计") == [["1", "2"]]


def test_a_file_without_a_header_is_read_by_the_profiles_columns():
    assert cells_of(b"1|2\n3|4\n", delimiter="|", header=0, columns=["a", "b"]) == [["1", "2"], ["3", "4"]]


def test_a_header_that_is_not_there_is_refused():
    with pytest.raises(TapeUnreadable):
        rows_of(b"a,b\n1,2\n", header_starts="编号")
    with pytest.raises(TapeUnreadable):
        rows_of(b"a,b\n1,2\n", header=9)


@given(st.binary(max_size=300), st.integers(min_value=1, max_value=50))
def test_no_bytes_at_all_break_the_csv_reader(content: bytes, piece: int):
    try:
        whole = rows_of(b"a,b\n" + content)
        assert rows_of(b"a,b\n" + content, piece) == whole
    except TapeUnreadable:
        return


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"))


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=8))
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]]):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    assert cells_of(written.getvalue().encode(), encoding="utf-8") == rows


def ndjson(content: bytes):
    profile = a_profile(
        file={"format": "ndjson"},
        borrower={"reference": "who.id"},
        loan={"reference": "ref", "currency": {"value": "CNY"}, "principal": "amount", "disbursed_on": "out"},
        instalment=[],
        payment=[],
        standing={"balance": "amount", "as_of": "out"},
    )
    return read_tape(profile, content)


def test_ndjson_keeps_every_digit_and_reaches_into_objects():
    rows = [
        {"ref": 1, "who": {"id": "C-1"}, "amount": 1234.56, "out": "2026-01-02"},
        {"ref": "2", "who": {"id": 7}, "amount": "0.10", "out": "2026-01-02"},
    ]
    loans, problems = ndjson("\n".join(json.dumps(row) for row in rows).encode())
    assert [(loan.reference, loan.loan["principal"], loan.borrower["reference"]) for loan in loans] == [
        ("1", 123456, "C-1"),
        ("2", 10, "7"),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "not JSON at character 2"),
        (b"[1]", "not an object"),
        (b'{"ref": NaN}', "not JSON"),
        (b'{"ref": 1, "ref": 2}', "the key 'ref' stands twice"),
        (b'{"ref": [1]}', "ref holds a list or an object"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_line_that_is_no_object_is_named(line: bytes, problem: str):
    _, problems = ndjson(line + b"\n")
    assert problems[0].problem.startswith(problem)


XLSX = {"format": "xlsx"}


def test_a_workbook_gives_dates_and_exact_numbers():
    book = a_workbook(
        HEADER,
        [
            "L-1",
            "C-1",
            1000.1,
            date(2026, 2, 1),
            datetime.fromisoformat("2026-03-01T12:00"),
            1050.35,
            None,
            None,
            None,
        ],
        [],
        ["L-2", 17, 2000, "2026-02-01", date(2026, 3, 1), "2100.00", date(2026, 3, 2), 2100, ""],
    )
    loans, problems = read_tape(a_profile(file=XLSX), book)
    assert problems == []
    assert [(each.line, each.loan["principal"], each.instalments[0].due_on) for each in loans] == [
        (2, 100010, date(2026, 3, 1)),
        (4, 200000, date(2026, 3, 1)),
    ]
    assert loans[1].payments[0].minor == 210000
    assert loans[1].borrower["reference"] == "17"


def test_a_formula_is_refused_with_its_cell():
    row = ["L-1", "C-1", "=1000*2", date(2026, 2, 1), date(2026, 3, 1), 1050, None, None, None]
    good = ["L-2", "C-2", 1000, date(2026, 2, 1), date(2026, 3, 1), 1050, None, None, None]
    loans, [problem] = read_tape(a_profile(file=XLSX), a_workbook(HEADER, row, good))
    assert [loan.reference for loan in loans] == ["L-2"]
    assert (problem.line, problem.problem) == (2, "cell Sheet!C2 holds a formula")
    assert "values" in problem.remedy


def test_a_sheet_is_found_by_name():
    book = a_workbook(HEADER, list(a_row().values()), sheet="贷款")
    assert read_tape(a_profile(file={**XLSX, "sheet": "贷款"}), book)[0]
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(file={**XLSX, "sheet": "Loans"}), book)
    assert "贷款" in wrong.value.faults[0].remedy


def a_zip(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"not a zip at all", "not an XLSX workbook"),
        (a_zip(bomb=b"\0" * (32 << 20)), "unpacks to far more"),
        (a_zip(nothing=b""), "damaged"),
    ],
)
def test_what_is_no_safe_workbook_is_refused(content: bytes, problem: str):
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(file=XLSX), content)
    assert problem in wrong.value.detail


def test_entities_in_a_workbook_are_refused():
    book = io.BytesIO(a_workbook(HEADER, list(a_row().values())))
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    written = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(written, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = bomb + content.removeprefix(b'<?xml version="1.0"?>')
            new.writestr(part.filename, content)
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(file=XLSX), written.getvalue())
    assert "entities" in wrong.value.detail


def test_a_profile_that_does_not_fit_stops_early():
    rows = [a_row(number, amount="x") for number in range(1500)]
    with pytest.raises(TapeUnreadable) as wrong:
        read_tape(a_profile(), csv_text(rows).encode())
    assert "does not fit" in wrong.value.detail
    assert wrong.value.faults[0].line == 2


def test_header_is_given_once_and_first():
    reader = open_reader(a_profile())
    items = [*reader.feed(csv_bytes(a_row())), *reader.close()]
    assert isinstance(items[0], Header)
    assert items[0].columns == HEADER
    assert sum(isinstance(item, Header) for item in items) == 1
