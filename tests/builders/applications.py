"""Applications, sensible by default: a salaried adult asks for 12,000.00 over a year."""

from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from dunwell.applications.model import Application, Apply, Decide, Disburse, Disbursed
from dunwell.applications.use_cases import accept, apply, approve, disburse, submit
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.kernel.money import Money
from dunwell.storage.tenant import Database
from tests.builders.borrowers import some_borrower

# 400 + 110 + 80 + 60 = 650 points of the starter scorecard: proposed for approval.
FACTS: Final = {
    "monthly_income": "9000",
    "employment": "salaried",
    "open_loans": "0",
    "age": "34",
    "standing": "good",
}


def a_wish(**changes: Any) -> Apply:
    """What somebody applies for; reference and borrower are new unless they are named. `facts` change the usual."""
    facts = FACTS | changes.pop("facts", {})
    who = some_borrower(reference=changes.pop("borrower", f"B-{uuid4().hex[:12]}"))
    wish = Apply(
        reference=f"A-{uuid4().hex[:12]}",
        applicant=who,
        product="consumer",
        amount=Money(12_000_00, "CNY"),
        count=12,
        facts={name: text for name, text in facts.items() if text is not None},
    )
    return replace(wish, **changes)


def staff(caller: Caller, name: str, *scopes: str, number: int = 1) -> Caller:
    """The tenant's caller as a person of that name, with the token of that number."""
    held = frozenset(scopes or {"*"})
    return replace(caller, actor=Actor(ActorKind.STAFF, f"{name}#{number}", held))


async def scored(database: Database, caller: Caller, **changes: Any) -> Application:
    """An application that Mei made and submitted."""
    maker = staff(caller, "mei")
    made = await database.run(maker, apply, a_wish(**changes))
    return await database.run(maker, submit, made.id)


async def offered(database: Database, caller: Caller, **changes: Any) -> Application:
    """An application that Mei made and Ding approved."""
    made = await scored(database, caller, **changes)
    return await database.run(staff(caller, "ding"), approve, Decide(made.id, "seen"))


async def paid_out(database: Database, caller: Caller, **changes: Any) -> Disbursed:
    """An application that became a loan."""
    offer = await offered(database, caller, **changes)
    await database.run(staff(caller, "mei"), accept, offer.id)
    command = Disburse(offer.id, f"D-{uuid4().hex[:12]}")
    return await database.run(staff(caller, "mei"), disburse, command)


async def seed_applications(database: Database, caller: Caller, mark: str, currency: str) -> None:
    """An application in each of the states that are written; `mark` is the applicant's name and address."""
    maker, checker = staff(caller, "mei"), staff(caller, "ding")
    wishes = [
        a_wish(
            reference=f"A-{number}",
            borrower=f"B-A{number}",
            amount=Money(12_000_00, currency),
            facts={"standing": "default" if number == 3 else "good"},
        )
        for number in range(1, 7)
    ]
    named = [replace(wish, applicant=replace(wish.applicant, name=mark, address=mark)) for wish in wishes]
    made = [(await database.run(maker, apply, wish)).id for wish in named]
    for each in made[1:]:
        await database.run(maker, submit, each)
    for each in made[3:]:
        await database.run(checker, approve, Decide(each, "seen"))
    for each in made[4:]:
        await database.run(maker, accept, each)
    await database.run(maker, disburse, Disburse(made[5], "D-1"))
