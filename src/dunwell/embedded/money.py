"""What one lender of the demo shows beside its loans: money, somebody who applies, a late loan, a refused message.

All of it goes through the use cases that the API calls, once: a lender that has it keeps what it has.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from dunwell.applications.model import ApplicationId, ApplicationState, Apply, ListApplications
from dunwell.applications.use_cases import applications, apply, submit
from dunwell.borrowers.model import BorrowerDraft
from dunwell.contact.model import Answer, Channel, Content, Phase, Proposal, VerdictFilter
from dunwell.contact.use_cases import ask, verdicts
from dunwell.embedded.bills import bill
from dunwell.embedded.tapes import LATE, reference
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.use_cases import find_loans, loan
from dunwell.statements.kept import BrowseFiles, FileState, StatementFileId
from dunwell.statements.loading import Incoming, load_file, receive
from dunwell.statements.model import MOST_BYTES
from dunwell.statements.use_cases import files
from dunwell.storage.tenant import Database, TenantTx

LENDER: Final = "lotus"
PRODUCT: Final = "cash"
APPLICATION: Final = "A-00001"
# Like everybody in the demo, somebody who does not exist.
APPLICANT: Final = BorrowerDraft(
    reference="C-A-00001", name="林望舒", phones=("13800139001",), emails=("applicant@example.com",)
)
FACTS: Final = {"age": "31", "employment": "salaried", "monthly_income": "9200", "open_loans": "1"}
WANTED: Final = Money.parse("12000.00", "CNY")
MONTHS: Final = 12
UNLAWFUL: Final = "今日不还款，将把您列入全国黑名单，并通知您的单位和家人。"


@dataclass(frozen=True, slots=True)
class Shown:
    """Where to look: a loan that is late (none if its lender has another tape), a statement, an application."""

    slug: str
    loan: LoanId | None
    statement: StatementFileId
    application: ApplicationId


async def show_money(database: Database, caller: Caller) -> Shown:
    """Load the statement, make the application and have a message refused, unless they are there."""
    late = (await database.read(caller, find_loans, [reference(LATE)])).get(reference(LATE))
    if late is not None:
        await database.run(caller, _refused, late)
    return Shown(
        caller.tenant.slug,
        late,
        await _statement(database, caller),
        await _application(database, caller),
    )


async def _refused(tx: TenantTx, late: LoanId) -> None:
    """What somebody wanted to write to the late borrower, and the gate's answer to it."""
    if (await verdicts(tx, VerdictFilter(loan=late, answer=Answer.DENY, limit=1))).rows:
        return
    borrower = (await loan(tx, late)).borrower
    await ask(tx, [Proposal(borrower, (late,), Channel.SMS, content=Content(UNLAWFUL))], phase=Phase.PLAN)


async def _statement(database: Database, caller: Caller) -> StatementFileId:
    there = (await database.read(caller, files, BrowseFiles(None, 1))).rows
    if there and there[0].state in (FileState.LOADED, FileState.QUARANTINED):
        return there[0].id
    if not there:
        came = bill(caller.tenant.slug, await database.read(caller, _today, None))
        incoming = Incoming(came.filename, MOST_BYTES, load=False)
        there = ((await receive(database, caller, incoming, _pieces(came.content))).file,)
    # One that a killed demo had half decided about is finished here.
    return (await load_file(database, caller, there[0].id)).id


async def _application(database: Database, caller: Caller) -> ApplicationId:
    wanted = ListApplications(None, 1, reference=APPLICATION)
    found = (await database.read(caller, applications, wanted)).rows
    if found and found[0].state is not ApplicationState.DRAFT:
        return found[0].id
    told = Apply(APPLICATION, APPLICANT, PRODUCT, WANTED, MONTHS, FACTS)
    made = await database.run(caller, apply, told)
    return (await database.run(caller, submit, made.id)).id


async def _today(tx: TenantTx, _: None) -> date:
    return tx.today


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content
