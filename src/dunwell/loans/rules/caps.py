"""What a loan may cost at most: the ceiling of the lender's type and the contract's date, and what it takes off.

Ceilings are yearly; interest, overdue interest, penalties and fees count together (CN-FEE-04, CN-FEE-06). Costs of
realising the claim are no price of the loan: whoever asks leaves them out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar

from dunwell.kernel.errors import Fault
from dunwell.loans.model.law import (
    Balance,
    Cap,
    CapLine,
    CappedCost,
    CappedRates,
    Ceiling,
    LenderType,
    LenderUnknown,
    LprUnknown,
)
from dunwell.loans.model.overdue import OverdueTerms
from dunwell.loans.model.words import Component, DayCount
from dunwell.loans.rules.overdue import overdue_days, overdue_fraction
from dunwell.packs import Pack

K = TypeVar("K")
N = TypeVar("N", int, Decimal)

PER_CENT: Final = 100
# What is taken off first when the ceiling cuts.
TAKEN_FIRST: Final = (Component.PENALTIES, Component.FEES, Component.COSTS, Component.INTEREST)
# Words in the name of a part of the yearly cost that make it a penalty; "interest" alone is interest, the rest fees.
PENALTY_WORDS: Final = ("penalt", "overdue", "late", "compound", "default")


def lender_type(text: str) -> LenderType:
    """The type of lender by its name in packs. Raises `LenderUnknown`."""
    try:
        return LenderType(text)
    except ValueError:
        names = ", ".join(LenderType)
        fault = Fault("lender_type", f"no such type of lender: {text[:40]!r}", f"one of {names}")
        raise LenderUnknown(fault.problem, faults=[fault]) from None


def cap_for(law: Pack, lender: LenderType, contracted_on: date, lpr: Decimal | None = None) -> Cap | None:
    """The ceiling of a contract; None where the pack sets none for that lender and day.

    `lpr` is the one-year LPR at signing as a fraction; left out, the pack's table is asked. Raises `LprUnknown`.
    """
    name = f"cost_cap_{lender}"
    entry, ceiling = law.entry(name, contracted_on), law.value(name, contracted_on, Ceiling)
    if entry is None or ceiling is None:
        return None
    if ceiling.rate is not None:
        return Cap(ceiling.rate, "COST_CAP", entry.rules, entry.source, entry.value_class)
    known = law.value("lpr_1y", contracted_on, Decimal) if lpr is None else lpr
    if known is None:
        fault = Fault(
            "lpr_1y_pct",
            f"the one-year LPR of {contracted_on} is not known",
            "give the rate published then; a tenant's stand under [[lpr_1y]] of loans.toml",
        )
        raise LprUnknown(fault.problem, faults=[fault])
    times = ceiling.times_lpr or Decimal(0)
    return Cap(times * known, "COST_CAP_4LPR", entry.rules, entry.source, entry.value_class, known)


def cost_cap(
    law: Pack,
    lender: LenderType,
    contracted_on: date,
    rates: Mapping[str, Decimal],
    lpr: Decimal | None = None,
) -> CappedRates:
    """A contract's yearly cost, part by part in per cent a year, against its ceiling; `lpr` in per cent too.

    `LENDER_TYPE` is answered where the LPR is put to a lender outside CN-FEE-04 whose cost it would have cut.
    Raises `LprUnknown`.
    """
    fraction = None if lpr is None else lpr / PER_CENT
    cap = cap_for(law, lender, contracted_on, fraction)
    contractual = sum(rates.values(), Decimal(0))
    ceiling = None if cap is None else cap.rate * PER_CENT
    demanded = contractual if ceiling is None else min(contractual, ceiling)
    excess = contractual - demanded
    reasons = [cap.code] if cap is not None and excess else []
    rules = [*cap.rules] if cap is not None else []
    if fraction is not None and _spared(law, lender, contracted_on, fraction, contractual):
        reasons.append("LENDER_TYPE")
        rules += law.codes["LENDER_TYPE"]
    return CappedRates(
        contractual=contractual,
        cap=ceiling,
        demanded=demanded,
        excess=excess,
        excess_by_part=_taken_off(sorted(rates.items(), key=lambda part: _rank(part[0])), excess),
        reasons=tuple(reasons),
        warnings=_warnings(law, lender, contracted_on, rates, demanded),
        rules=tuple(dict.fromkeys(rules)),
    )


def cap_amount(
    balances: Iterable[Balance], rate: Decimal, day_count: DayCount, to: date
) -> tuple[int, tuple[CapLine, ...]]:
    """What a ceiling allows on the principal outstanding up to `to`, in minor units, with the working.

    Rounded down, once: what is demanded never exceeds the ceiling.
    """
    lines: list[CapLine] = []
    whole = Fraction(0)
    for amount, start, until in balances:
        end = to if until is None else min(until, to)
        if end <= start or not amount:
            continue
        part = amount * Fraction(rate) * overdue_fraction(day_count, start, end)
        days = overdue_days(day_count, start, end)
        lines.append(CapLine(start, end, days, amount, rate, part.numerator, part.denominator))
        whole += part
    return int(whole), tuple(lines)


def capped_cost(
    cap: Cap | None,
    parts: Mapping[Component, int],
    balances: Sequence[Balance],
    day_count: DayCount,
    to: date,
) -> CappedCost:
    """Contractual, ceiling and demanded side by side: `parts` is what was charged from payout to `to`, paid or not.

    The excess is taken from penalties first, then fees, then costs, then interest. `balances` is the principal
    really paid out and not yet repaid (CN-FEE-01). Parts are not negative and hold no principal.
    """
    contractual = sum(parts.values())
    if cap is None:
        return CappedCost(contractual, None, contractual, 0, {}, (), ())
    allowed, lines = cap_amount(balances, cap.rate, day_count, to)
    excess = max(contractual - allowed, 0)
    return CappedCost(
        contractual=contractual,
        cap=allowed,
        demanded=contractual - excess,
        excess=excess,
        excess_by_part=_taken_off([(part, parts.get(part, 0)) for part in TAKEN_FIRST], excess),
        lines=lines,
        reasons=(cap.code,) if excess else (),
        rules=cap.rules,
    )


def paid_out(law: Pack, contracted_on: date, nominal: int, deducted: int) -> int:
    """The principal of a loan: what was deducted in advance was never lent, where the law says so (CN-FEE-01)."""
    return nominal - deducted if law.value("interest_not_deducted", contracted_on, bool) else nominal


def faults_of_overdue(law: Pack, contracted_on: date, terms: OverdueTerms) -> tuple[Fault, ...]:
    """What of the overdue terms the law does not allow at all; empty where it leaves them to the contract."""
    if not law.value("penal_interest_forbidden", contracted_on, bool):
        return ()
    remedy = "charge a late fee, not added to the principal (IN-FEE-01)"
    return tuple(
        Fault(f"overdue.{name}", "penal interest is not allowed", remedy)
        for name, given in (("penalty", terms.penalty), ("compound", terms.compound))
        if given is not None
    )


def _spared(law: Pack, lender: LenderType, day: date, lpr: Decimal, contractual: Decimal) -> bool:
    """Whether the multiple of the LPR would have cut the cost of a lender whom it does not bind."""
    own, private = law.value(f"cost_cap_{lender}", day, Ceiling), cap_for(law, LenderType.PRIVATE, day, lpr)
    bound = own is not None and own.times_lpr is not None
    if bound or private is None or lender not in law.listed("outside_lpr_cap", day):
        return False
    return private.rate * PER_CENT < contractual


def _warnings(
    law: Pack, lender: LenderType, day: date, rates: Mapping[str, Decimal], demanded: Decimal
) -> tuple[str, ...]:
    warnings: list[str] = []
    guidance = law.value(f"cost_guidance_{lender}", day, Ceiling)
    if guidance is not None and guidance.rate is not None and demanded > guidance.rate * PER_CENT:
        warnings.append("COST_GUIDANCE")
    penalties = any(rate for name, rate in rates.items() if _rank(name) == 0)
    if penalties and law.value("penalty_reducible", day, bool):
        warnings.append("PENALTY_REDUCIBLE")
    return tuple(warnings)


def _rank(part: str) -> int:
    """Penalties before fees before interest."""
    if any(word in part for word in PENALTY_WORDS):
        return 0
    return 2 if "interest" in part else 1


def _taken_off(parts: Iterable[tuple[K, N]], excess: N) -> dict[K, N]:
    """What each part gives of the excess, in the order given; parts that give nothing are left out."""
    taken: dict[K, N] = {}
    left = excess
    for part, amount in parts:
        given = min(amount, left)
        if given > 0:
            taken[part] = given
            left -= given
    return taken
