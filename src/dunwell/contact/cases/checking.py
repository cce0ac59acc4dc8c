"""What the facts of a paper case may not be: names of nobody, two of what there is one of."""

from collections import Counter
from collections.abc import Iterable, Iterator

from dunwell.contact.cases.format import CaseIn, FactsIn
from dunwell.contact.model import CaseFileBroken, Role
from dunwell.kernel.errors import Fault


def check_facts(case: CaseIn) -> None:
    """Raises `CaseFileBroken` naming every fact that contradicts another or speaks of what is not there."""
    faults = [
        Fault(f"{case.id}.{field}", problem, remedy)
        for field, problem, remedy in (*_twice(case.facts), *_nobody(case), *_strangers(case))
    ]
    if faults:
        raise CaseFileBroken(f"case {case.id} cannot be", faults=faults)


def _twice(facts: FactsIn) -> Iterator[tuple[str, str, str]]:
    """Ids and numbers of a person are unique, of a notice's states but one has no instant; one person is the debtor."""
    if sum(each.role is Role.DEBTOR for each in facts.people) != 1:
        yield "facts.people", "not exactly one debtor", "give one person the role debtor"
    listed: tuple[tuple[str, Iterable[object]], ...] = (
        ("facts.people", (each.id for each in facts.people)),
        ("facts.debts", (each.id for each in facts.debts)),
        ("facts.numbers", (f"{each.number} of {each.person}" for each in facts.numbers)),
        ("facts.notices", (each.kind.value for each in facts.notices if each.at is None)),
        ("facts.notices", (f"{each.kind.value} at {each.at}" for each in facts.notices if each.at)),
    )
    for field, names in listed:
        for name, times in Counter(names).items():
            if times > 1:
                yield field, f"{name} is listed twice", "list it once"


def _nobody(case: CaseIn) -> Iterator[tuple[str, str, str]]:
    """Every person and debt that is named is one of the case."""
    facts, proposal = case.facts, case.proposal
    people, debts = {each.id for each in facts.people}, {each.id for each in facts.debts}
    named: list[tuple[str, str | None, str | None]] = [("proposal", proposal.person, proposal.debt)]
    named += [(f"facts.numbers.{at}", each.person, None) for at, each in enumerate(facts.numbers)]
    named += [(f"facts.holds.{at}", each.person, each.debt) for at, each in enumerate(facts.holds)]
    named += [(f"facts.contacts.{at}", each.person, each.debt) for at, each in enumerate(facts.contacts)]
    for field, person, debt in named:
        if person is not None and person not in people:
            yield f"{field}.person", f"{person} is nobody of the case", "name one of facts.people"
        if debt is not None and debt not in debts:
            yield f"{field}.debt", f"{debt} is no debt of the case", "name one of facts.debts"


def _strangers(case: CaseIn) -> Iterator[tuple[str, str, str]]:
    """The number to use is not known as somebody else's only."""
    facts, number = case.facts, case.proposal.number
    debtors = (each.id for each in facts.people if each.role is Role.DEBTOR)
    person = case.proposal.person or next(debtors, None)
    owners = {each.person for each in facts.numbers if each.number == number}
    if owners and person not in owners:
        yield "proposal.number", f"not a number of {person}", "name one of theirs, or none"
