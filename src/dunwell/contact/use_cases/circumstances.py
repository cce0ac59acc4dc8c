"""What is so: about a person, about a person's part in a loan, about a debt."""

from typing import Final

from dunwell.borrowers.use_cases import lock
from dunwell.contact.model import (
    Circumstance,
    CircumstanceKind,
    DebtMark,
    FactFilter,
    Kept,
    Liability,
    Party,
    Role,
    Withdraw,
)
from dunwell.contact.queries import circumstances as queries
from dunwell.contact.use_cases.recording import (
    Kind,
    check_point,
    debtor_of,
    end,
    hold_still,
    keep,
    listed,
    wrong,
)
from dunwell.kernel.paging import Page
from dunwell.storage.tenant import TenantTx

CIRCUMSTANCES: Final[Kind[Circumstance]] = Kind(
    "contact.circumstance",
    queries.insert_circumstance,
    queries.circumstances,
    withdraw=queries.withdraw_circumstance,
)
PARTIES: Final[Kind[Party]] = Kind(
    "loan.party", queries.insert_party, queries.parties, queries.replace_party, queries.withdraw_party
)
MARKS: Final[Kind[DebtMark]] = Kind(
    "loan.mark", queries.insert_mark, queries.marks, queries.replace_mark, queries.withdraw_mark
)
RECORDABLE: Final = frozenset(
    {Role.GUARANTOR, Role.CONTACT_PERSON, Role.SPOUSE, Role.HEIR, Role.ATTORNEY, Role.THIRD_PARTY}
)


async def record_circumstance(tx: TenantTx, fact: Circumstance) -> Kept[Circumstance]:
    """Somebody is vulnerable, under age, not to be contacted at work; or a number is at work. Raises `FactWrong`."""
    at_work = fact.kind is CircumstanceKind.WORK_NUMBER
    if at_work != (fact.point is not None):
        remedy = "name the number" if at_work else "leave it out"
        raise wrong("contact_point", "named for a number at work only", remedy)
    await hold_still(tx, fact.borrower)
    if fact.point is not None:
        await check_point(tx, fact.borrower, fact.point, phone=False)
    said = {"borrower": str(fact.borrower), "kind": fact.kind.value}
    return await keep(
        tx, CIRCUMSTANCES, fact, {**said, "contact_point": str(fact.point) if fact.point else None}
    )


async def withdraw_circumstance(tx: TenantTx, command: Withdraw) -> Kept[Circumstance]:
    """It is so no more. Raises `FactNotFound`."""
    return await end(tx, CIRCUMSTANCES, command.reference, lambda fact: [fact.borrower])


async def circumstances(tx: TenantTx, wanted: FactFilter) -> Page[Kept[Circumstance]]:
    """Circumstances, ended ones too."""
    return await listed(tx, CIRCUMSTANCES, wanted)


async def record_party(tx: TenantTx, fact: Party) -> Kept[Party]:
    """What a person is to a loan beyond the lender's tape; it replaces what was recorded before.

    The debtor of the loan is what the tape says. Raises `FactWrong`.
    """
    _check_party(tx, fact)
    debtor = await debtor_of(tx, fact.loan)
    await hold_still(tx, fact.borrower)
    if debtor == fact.borrower:
        raise wrong("borrower", "is the debtor of this loan", "name another person, or another loan")
    guarantee = fact.guarantee
    return await keep(
        tx,
        PARTIES,
        fact,
        {
            "borrower": str(fact.borrower),
            "loan": str(fact.loan),
            "role": fact.role.value,
            "liability": fact.liability.value,
            "inheritance": fact.inheritance.value if fact.inheritance else None,
            "guarantee_due_on": guarantee.due_on.isoformat() if guarantee else None,
        },
    )


def _check_party(tx: TenantTx, fact: Party) -> None:
    if fact.role not in RECORDABLE:
        raise wrong("role", "stands on the lender's tape", "change the loan's obligors instead")
    if fact.liability is not Liability.NONE and fact.role is not Role.SPOUSE:
        raise wrong("liability", "is proven of a spouse only", "leave it out")
    if fact.inheritance is not None and fact.role is not Role.HEIR:
        raise wrong("inheritance", "is accepted or refused by an heir only", "leave it out")
    guarantee = fact.guarantee
    if (guarantee is not None) != (fact.role is Role.GUARANTOR):
        raise wrong("guarantee", "is what a guarantor gave", "name it for a guarantor, and for nobody else")
    if guarantee is None:
        return
    if guarantee.period_ends_on is not None and guarantee.period_ends_on < guarantee.due_on:
        raise wrong("guarantee.period_ends_on", "before the debt is due", "choose a later day")
    if guarantee.claimed_on is not None and guarantee.claimed_on > tx.today:
        raise wrong("guarantee.claimed_on", "lies in the future", "record it once it has happened")


async def withdraw_party(tx: TenantTx, command: Withdraw) -> Kept[Party]:
    """The person is again what the lender's tape says. Raises `FactNotFound`."""
    return await end(tx, PARTIES, command.reference, lambda fact: [fact.borrower])


async def parties(tx: TenantTx, wanted: FactFilter) -> Page[Kept[Party]]:
    """What people are to loans, replaced parts too."""
    return await listed(tx, PARTIES, wanted)


async def record_mark(tx: TenantTx, fact: DebtMark) -> Kept[DebtMark]:
    """A debt was transferred, or its limitation period is over, from a day on. Raises `FactWrong`."""
    await lock(tx, [await debtor_of(tx, fact.loan)])
    said = {"loan": str(fact.loan), "kind": fact.kind.value, "from_on": fact.from_on.isoformat()}
    return await keep(tx, MARKS, fact, said)


async def withdraw_mark(tx: TenantTx, command: Withdraw) -> Kept[DebtMark]:
    """It was not so. Raises `FactNotFound`."""
    kept = await listed(tx, MARKS, FactFilter(reference=command.reference, limit=1))
    people = [await debtor_of(tx, each.fact.loan) for each in kept.rows]
    return await end(tx, MARKS, command.reference, lambda _: people)


async def marks(tx: TenantTx, wanted: FactFilter) -> Page[Kept[DebtMark]]:
    """Marks of debts, ended ones too."""
    return await listed(tx, MARKS, wanted)
