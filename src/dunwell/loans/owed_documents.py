"""The statement of amount owed as a PDF and as a workbook, in Chinese or English."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from typing import Final

from dunwell.documents.typesetting import pdf
from dunwell.documents.workbook import Sheet, xlsx
from dunwell.kernel.capitals import capitals
from dunwell.loans import owed_words as words
from dunwell.loans.model import Component
from dunwell.loans.model.owed import Language, Owed
from dunwell.loans.owed_cells import Exact, Minor, Rate, Row, Writer
from dunwell.loans.owed_words import Pair, Reader

TEMPLATE: Final = files("dunwell.loans.templates") / "owed.typ"
# Numbers of postings in one cell of the workbook; a longer list goes on in the next row.
IN_A_CELL: Final = 200
# Of a longer reference the table shows the beginning; the sheet of postings, and JSON, have the whole.
SHOWN_REFERENCE: Final = 36


@dataclass(frozen=True, slots=True)
class _Table:
    """One table: its head, its rows, how wide its columns are, from which on they are figures."""

    title: Pair
    head: tuple[Pair, ...]
    rows: list[Row]
    widths: tuple[int, ...]
    figures_from: int
    note: Pair | None = None


def owed_pdf(owed: Owed, issuer: str, language: Language) -> bytes:
    """The statement as a PDF. `issuer` is the lender's name as its brand writes it."""
    read, write = Reader(language), Writer(owed.currency)
    parts, *tables = _tables(owed, read)
    data: dict[str, object] = {
        "lang": language.value,
        "title": read(words.TITLE),
        "lender": issuer,
        "footer": read(words.FOOTER),
        "facts": [[read(name), write.printed(cell)] for name, cell in _facts(owed, read)],
        "total": _total(owed, read, write),
        "parts": _printed(parts, read, write),
        "sections": [_printed(table, read, write) for table in tables],
    }
    return pdf(TEMPLATE, data, owed.known_at)


def owed_xlsx(owed: Owed, issuer: str, language: Language) -> bytes:
    """The statement as a workbook: a sheet a table, amounts as numbers, and the postings behind each figure."""
    read, write = Reader(language), Writer(owed.currency)
    front = [(issuer, None)]
    front += [(read(name), write.kept(cell)) for name, cell in (*_facts(owed, read), *_summary(owed))]
    sheets = [Sheet(read(words.TITLE), [34, 44], [], front)]
    sheets += [
        Sheet(
            read(table.title).lstrip("一二三四五、0123456789 "),
            [4 * width for width in table.widths],
            read.all(table.head),
            [[write.kept(cell) for cell in row] for row in table.rows],
        )
        for table in (*_tables(owed, read), _postings(owed, read))
    ]
    return xlsx(sheets)


def _facts(owed: Owed, read: Reader) -> list[tuple[Pair, Minor | Rate | str]]:
    values: dict[str, Minor | Rate | str] = {
        "reference": owed.reference,
        "product": owed.product,
        "principal": Minor(owed.principal),
        "annual_rate": Rate(Fraction(owed.annual_rate)),
        "disbursed_on": owed.disbursed_on.isoformat(),
        "matures_on": owed.matures_on.isoformat(),
        "on": owed.on.isoformat(),
        "days_past_due": str(owed.days_past_due),
        "state": read(words.STATES[owed.state]),
        "view": read(words.VIEWS[owed.view]),
        "known_at": owed.known_at.isoformat(timespec="seconds"),
        "version": f"{owed.terms_version} / {owed.rules_version}",
    }
    return [(words.FACTS[name], value) for name, value in values.items()]


def _summary(owed: Owed) -> list[tuple[Pair, Minor]]:
    """The figures above the tables; those of the cap only where it cuts something."""
    lines = [(words.TOTAL, owed.total)]
    if owed.capped is not None and owed.capped.excess:
        lines += [
            (words.DEMANDED, owed.demanded),
            (words.CONTRACTUAL, owed.capped.contractual),
            (words.CAP, owed.capped.cap or 0),
            (words.EXCESS, owed.capped.excess),
        ]
    lines += [(words.AHEAD, owed.ahead), (words.CREDIT, owed.credit), (words.PER_DAY, owed.per_day)]
    return [(name, Minor(amount)) for name, amount in lines]


def _total(owed: Owed, read: Reader, write: Writer) -> dict[str, object]:
    """The figure everybody looks for; of renminbi, in Chinese, in capitals too."""
    (name, amount), *lines = _summary(owed)
    in_capitals = owed.currency == "CNY" and read.language is Language.ZH
    return {
        "name": read(name),
        "amount": f"{write.printed(amount)} {owed.currency}",
        "capitals": f"人民币{capitals(owed.total)}" if in_capitals else "",
        "lines": [[read(each), write.printed(cell)] for each, cell in lines],
    }


def _tables(owed: Owed, read: Reader) -> list[_Table]:
    tables = [_parts(owed, read), _instalments(owed), _events(owed, read), _accrual(owed, read)]
    if owed.capped is not None and owed.capped.cap is not None:
        tables.append(_cap(owed))
    return tables


def _parts(owed: Owed, read: Reader) -> _Table:
    figures = [
        (
            part.due,
            part.unposted,
            part.paid,
            part.waived,
            part.open,
            part.overdue,
            part.ahead,
            part.ledger.balance,
        )
        for part in owed.parts
    ]
    sums = [sum(column) for column in zip(*figures, strict=True)]
    names = [read(words.COMPONENTS[part.component]) for part in owed.parts]
    rows: list[Row] = [
        [name, *map(Minor, row)]
        for name, row in zip([*names, read(words.PARTS_SUM)], [*figures, sums], strict=True)
    ]
    note = words.PARTS_NOTE[0 if owed.reconciled else 1]
    return _Table(words.PARTS, words.PARTS_HEAD, rows, (5, 4, 4, 4, 4, 4, 4, 4, 4), 1, note)


def _instalments(owed: Owed) -> _Table:
    rows: list[Row] = [
        [
            row.number,
            row.due_on,
            row.settled_on,
            *map(Minor, (row.due, row.paid, row.waived, row.open)),
            row.days_late,
        ]
        for row in owed.instalments
    ]
    return _Table(words.INSTALMENTS, words.INSTALMENTS_HEAD, rows, (2, 4, 4, 4, 4, 4, 4, 3), 3)


def _events(owed: Owed, read: Reader) -> _Table:
    rows: list[Row] = []
    for event in owed.events:
        parts = dict(event.parts)
        settled: Iterable[Minor] = (Minor(parts.get(component, 0)) for component in Component)
        kind = read(words.EVENTS[event.kind])
        rows.append(
            [event.on, kind, _shown(event.reference), Minor(event.amount), *settled, Minor(event.surplus)]
        )
    return _Table(words.EVENTS_TITLE, words.EVENTS_HEAD, rows, (5, 4, 6, *([4] * 7)), 3)


def _shown(reference: str) -> str:
    return reference if len(reference) <= SHOWN_REFERENCE else f"{reference[: SHOWN_REFERENCE // 2]}…"


def _accrual(owed: Owed, read: Reader) -> _Table:
    rows: list[Row] = [
        [
            line.instalment,
            read(words.ITEMS[line.item]),
            line.start,
            line.end,
            line.days,
            Exact(line.base, 2),
            Rate(line.rate),
            Exact(line.amount, 6),
        ]
        for line in owed.accrual
    ]
    note = words.ACCRUAL_NOTE if rows else None
    return _Table(words.ACCRUAL, words.ACCRUAL_HEAD, rows, (2, 4, 5, 5, 3, 5, 4, 5), 4, note)


def _cap(owed: Owed) -> _Table:
    lines = owed.capped.lines if owed.capped is not None else ()
    rows: list[Row] = [
        [
            line.start,
            line.end,
            Minor(line.base),
            line.days,
            Rate(Fraction(line.rate)),
            Exact(Fraction(line.numerator, line.denominator), 6),
        ]
        for line in lines
    ]
    return _Table(words.CAPS, words.CAPS_HEAD, rows, (5, 5, 5, 3, 4, 5), 2)


def _postings(owed: Owed, read: Reader) -> _Table:
    """The numbers of the postings behind each component and each event."""
    rows: list[Row] = []
    for part in owed.parts:
        rows += _numbers(read(words.COMPONENTS[part.component]), part.ledger.balance, part.ledger.postings)
    for event in owed.events:
        name = f"{read(words.EVENTS[event.kind])} {event.reference}"
        rows += _numbers(name, event.amount, event.postings)
    return _Table(words.POSTINGS, words.POSTINGS_HEAD, rows, (8, 4, 30), 1)


def _numbers(name: str, amount: int, postings: Sequence[int]) -> Iterable[Row]:
    for at in range(0, max(len(postings), 1), IN_A_CELL):
        numbers = ", ".join(str(each) for each in postings[at : at + IN_A_CELL])
        yield [name, Minor(amount) if at == 0 else None, numbers]


def _printed(table: _Table, read: Reader, write: Writer) -> dict[str, object]:
    """A table as the template takes it."""
    return {
        "title": read(table.title),
        "head": read.all(table.head),
        "rows": [[write.printed(cell) for cell in row] for row in table.rows],
        "widths": list(table.widths),
        "right_from": table.figures_from,
        "none": read(words.NOTHING),
        "note": read(table.note) if table.note is not None else "",
    }
