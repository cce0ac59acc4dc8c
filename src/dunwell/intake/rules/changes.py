"""What a batch changes: which loans are new, which are as they were, which payments to book or take back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dunwell.intake.model import KeptPayment, Mark, RowProblem, TapeLoan, TapePayment
from dunwell.intake.rules.rows import digest
from dunwell.intake.rules.standing import OPENING
from dunwell.kernel.ids import TapeId


@dataclass(frozen=True, slots=True)
class Sorted:
    """The loans of a batch: those to write, the marks of all that were heard, and the rows refused."""

    changed: tuple[TapeLoan, ...]
    marks: tuple[Mark, ...]
    unchanged: int
    problems: tuple[RowProblem, ...]


def until(loan: TapeLoan, day: date) -> TapeLoan:
    """The loan with only the payments received up to that day."""
    if all(payment.paid_on <= day for payment in loan.payments):
        return loan
    return replace(loan, payments=tuple(each for each in loan.payments if each.paid_on <= day))


def latest(loans: Sequence[TapeLoan]) -> list[TapeLoan]:
    """Of each loan the row with the latest reporting date; of two for the same date, the later row."""
    newest: dict[str, TapeLoan] = {}
    for loan in loans:
        known = newest.get(loan.reference)
        if known is None or (loan.told_on or date.min) >= (known.told_on or date.min):
            newest[loan.reference] = loan
    return list(newest.values())


def sort_out(
    loans: Sequence[TapeLoan], marks: Mapping[str, Mark], tape: TapeId, *, supersedes: bool
) -> Sorted:
    """Compare the rows with those that spoke last of the same loans.

    Equal content is unchanged. Older news is no news. A tape that tells of a loan twice is refused at
    the second row, unless it `supersedes`: otherwise loading it again would never come to rest.
    """
    changed: list[TapeLoan] = []
    heard: dict[str, Mark] = {}
    problems: list[RowProblem] = []
    unchanged = 0
    for loan in latest(loans) if supersedes else loans:
        mark = heard.get(loan.reference) or marks.get(loan.reference)
        if mark is not None and not supersedes and mark.tape == tape and mark.line != loan.line:
            problems.append(_twice(loan, mark))
            continue
        content = digest(loan)
        if mark is not None and (mark.digest == content or _is_old(loan, mark)):
            unchanged += 1
            if not supersedes:
                heard[loan.reference] = replace(mark, tape=tape, line=loan.line)
            continue
        heard[loan.reference] = Mark(loan.reference, loan.told_on, content, tape, loan.line)
        changed.append(loan)
    return Sorted(tuple(changed), tuple(heard.values()), unchanged, tuple(problems))


def _is_old(loan: TapeLoan, mark: Mark) -> bool:
    return loan.told_on is not None and mark.told_on is not None and loan.told_on < mark.told_on


def _twice(loan: TapeLoan, mark: Mark) -> RowProblem:
    return RowProblem(
        loan.line,
        "loan.reference",
        loan.reference[:80],
        f"this loan stands in line {mark.line} already",
        "keep one row; for a tape that repeats loans, the profile needs `latest_by` or `one-instalment-each`",
    )


@dataclass(frozen=True, slots=True)
class Booking:
    """A payment to book, and what to remember it by."""

    payment: TapePayment
    minor: int
    generation: int

    @property
    def reference(self) -> str:
        """The first booking bears the slot's name alone; corrections are numbered."""
        ending = f"#{self.generation}" if self.generation else ""
        return f"tape/{self.payment.reference}{ending}"


@dataclass(frozen=True, slots=True)
class Bookings:
    """What brings a loan's payments to what its row tells."""

    reverse: tuple[KeptPayment, ...]
    record: tuple[Booking, ...]


def reconcile(
    loan: TapeLoan, kept: Sequence[tuple[KeptPayment, bool]], day: date, *, supersedes: bool
) -> Bookings:
    """Compare the payments of a row with those booked for earlier rows of the loan.

    A payment that the tape now tells differently is taken back and booked anew; one it no longer tells, up to
    `day`, is taken back, unless every reporting period tells of its own (`supersedes`).
    """
    reverse: list[KeptPayment] = []
    record: list[Booking] = []
    slots: dict[str, list[KeptPayment]] = {}
    generations: dict[str, int] = {}
    for each, reversed_before in kept:
        generations[each.slot] = each.generation + 1
        if not reversed_before:
            slots.setdefault(each.slot, []).append(each)
    for payment in loan.payments:
        standing = slots.pop(payment.slot, [])
        generation = generations.get(payment.slot, 0)
        booked = sum(each.minor for each in standing)
        same_day = any(each.paid_on == payment.paid_on for each in standing)
        if booked == payment.minor and (same_day or payment.slot == OPENING):
            continue
        if payment.slot == OPENING and 0 < booked < payment.minor:
            # The balance went down between two tapes: the difference came in.
            record.append(Booking(payment, payment.minor - booked, generation))
            continue
        reverse.extend(standing)
        record.append(Booking(payment, payment.minor, generation))
    for slot, standing in slots.items():
        if not supersedes or slot == OPENING:
            reverse.extend(each for each in standing if each.paid_on <= day)
    return Bookings(tuple(reverse), tuple(record))
