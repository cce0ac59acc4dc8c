"""The life of an application in the database: what happens twice, late, half-way or at the same moment."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from dunwell.applications.model import (
    AboveLimit,
    Advice,
    ApplicantUnfit,
    ApplicationDiffers,
    ApplicationExpired,
    ApplicationInvalid,
    ApplicationNotFound,
    ApplicationOpen,
    ApplicationState,
    CoolingOff,
    Decide,
    DecisionNotFound,
    Disburse,
    DisbursementDiffers,
    ListApplications,
    LoanReferenceTaken,
    Review,
    SecondPersonNeeded,
    Withdraw,
    WrongState,
)
from dunwell.applications.use_cases import (
    accept,
    application,
    applications,
    apply,
    approve,
    decline,
    disburse,
    recompute,
    review,
    submit,
    withdraw,
)
from dunwell.applications.use_cases.applying import MOST_DRAFTS
from dunwell.borrowers.model import Erase
from dunwell.borrowers.use_cases import erase
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId
from dunwell.kernel.money import Money
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.vault import WrongKey
from dunwell.tenancy.model import Publish
from dunwell.tenancy.use_cases import publish
from tests.applications.cards import the_file
from tests.builders.applications import a_wish, offered, paid_out, scored, staff
from tests.builders.loans import a_loan
from tests.conftest import Advance

S = ApplicationState


async def _postings(tx: TenantTx, loan: UUID) -> list[tuple[str, int]]:
    rows = await tx.rows("SELECT kind, amount FROM postings WHERE loan_id = $1", loan)
    return [(row["kind"], row["amount"]) for row in rows]


async def _actions(tx: TenantTx, subject: UUID) -> list[str]:
    rows = await tx.rows("SELECT action FROM audit_events WHERE subject = $1 ORDER BY id", str(subject))
    return [row["action"] for row in rows]


async def _last_event(tx: TenantTx, subject: UUID) -> dict[str, Any]:
    text = "SELECT convert_from(body, 'UTF8') FROM audit_events WHERE subject = $1 ORDER BY id DESC LIMIT 1"
    return json.loads(await tx.value(text, str(subject)))


async def test_every_step_is_audited_and_the_history_is_whole(database: Database, acme: Caller) -> None:
    paid = await paid_out(database, acme)
    found = await database.read(acme, _actions, paid.application.id)
    assert found == [
        *("application.made", "application.submitted", "application.scored"),
        *("application.approved", "application.accepted", "application.disbursed"),
    ]
    body = await database.read(acme, _last_event, paid.application.id)
    assert (body["actor"], body["facts"]["loan"], body["facts"]["amount"]) == (
        "staff:mei#1",
        str(paid.loan.id),
        "12000.00 CNY",
    )
    whole = await database.read(acme, application, paid.application.id)
    assert [step.number for step in whole.steps] == [1, 2, 3, 4, 5, 6]
    assert [step.before for step in whole.steps] == [None, *(step.after for step in whole.steps[:-1])]
    assert {step.actor for step in whole.steps} == {"staff:mei#1", "staff:ding#1"}
    postings = await database.read(acme, _postings, paid.loan.id)
    assert {kind for kind, _ in postings} == {"opening"}
    assert sum(amount for _, amount in postings) == 0


async def test_repeating_changes_nothing(database: Database, acme: Caller) -> None:
    ding = staff(acme, "ding")
    paid = await paid_out(database, acme)
    again = await database.run(
        acme, disburse, Disburse(paid.application.id, str(paid.application.disbursement))
    )
    assert again == paid
    offer = await offered(database, acme)
    assert await database.run(ding, approve, Decide(offer.id)) == offer
    accepted = await database.run(acme, accept, offer.id)
    assert await database.run(acme, accept, offer.id) == accepted
    gone = await database.run(acme, withdraw, Withdraw(offer.id, "too-dear"))
    assert await database.run(acme, withdraw, Withdraw(offer.id, "too-dear")) == gone
    assert gone.state is S.WITHDRAWN
    with pytest.raises(WrongState):
        await database.run(acme, withdraw, Withdraw(paid.application.id, "too-late"))
    bad = await scored(database, acme)
    with pytest.raises(ApplicationInvalid, match="needs a reason"):
        await database.run(ding, decline, Decide(bad.id))
    declined = await database.run(ding, decline, Decide(bad.id, reasons=("many-loans",)))
    assert await database.run(ding, decline, Decide(bad.id, reasons=("many-loans",))) == declined
    referred = await database.run(acme, review, Review(bad.id, "asked"))
    assert await database.run(acme, review, Review(bad.id, "asked")) == referred


async def test_the_loans_reference_must_be_free(database: Database, acme: Caller) -> None:
    offer = await offered(database, acme)
    await database.run(acme, accept, offer.id)

    async def elsewhere(tx: TenantTx, reference: str) -> None:
        await a_loan(tx, reference=reference)

    await database.run(acme, elsewhere, offer.reference)
    with pytest.raises(LoanReferenceTaken):
        await database.run(acme, disburse, Disburse(offer.id, f"D-{offer.reference}"))
    assert (await database.read(acme, application, offer.id)).application.state is S.ACCEPTED


async def test_what_nobody_decides_expires_by_being_looked_at(
    database: Database, birch: Caller, advance: Advance
) -> None:
    usd = {"amount": Money(12_000_00, "USD")}
    draft = await database.run(birch, apply, a_wish(**usd))
    waiting = await scored(database, birch, borrower="B-slow", **usd)
    offer = await offered(database, birch, **usd)
    taken = await offered(database, birch, **usd)
    await database.run(birch, accept, taken.id)
    await advance(birch, timedelta(days=7))
    assert (await database.read(birch, application, offer.id)).application.state is S.APPROVED
    await advance(birch, timedelta(days=1))
    assert (await database.read(birch, application, offer.id)).application.state is S.EXPIRED
    with pytest.raises(ApplicationExpired):
        await database.run(birch, accept, offer.id)
    with pytest.raises(ApplicationExpired):
        await database.run(staff(birch, "ding"), approve, Decide(offer.id))
    await advance(birch, timedelta(days=30))
    for late, deed, command in (
        (draft, submit, draft.id),
        (waiting, withdraw, Withdraw(waiting.id, "late")),
        (taken, disburse, Disburse(taken.id, "D-late")),
    ):
        with pytest.raises(ApplicationExpired):
            await database.run(birch, deed, command)
        assert (await database.read(birch, application, late.id)).application.state is S.EXPIRED
    listed = await database.read(birch, applications, ListApplications(None, 50, S.EXPIRED))
    assert {each.id for each in listed.rows} >= {draft.id, waiting.id, offer.id, taken.id}
    for state in (S.DRAFT, S.SCORED, S.APPROVED, S.ACCEPTED):
        page = await database.read(birch, applications, ListApplications(None, 50, state))
        assert not page.rows
    anew = await scored(database, birch, borrower="B-slow", **usd)
    assert anew.state is S.SCORED
    whole = await database.read(birch, application, waiting.id)
    assert (whole.steps[-1].after, whole.steps[-1].because) == (S.EXPIRED, "time-passed")
    kept = await database.read(birch, applications, ListApplications(None, 50, S.EXPIRED))
    assert waiting.id in {each.id for each in kept.rows}


async def test_cooling_off_holds_the_money_back(database: Database, birch: Caller, advance: Advance) -> None:
    offer = await offered(database, birch, product="considered", amount=Money(2_000_00, "USD"))
    accepted = await database.run(birch, accept, offer.id)
    assert accepted.pays_from == (accepted.accepted_on or accepted.created_at.date()) + timedelta(days=3)
    with pytest.raises(CoolingOff):
        await database.run(birch, disburse, Disburse(offer.id, "D-cool"))
    await advance(birch, timedelta(days=4))
    assert accepted.pays_from is not None
    for on in (accepted.pays_from - timedelta(days=1), accepted.pays_from + timedelta(days=2)):
        with pytest.raises(ApplicationInvalid) as wrong:
            await database.run(birch, disburse, Disburse(offer.id, "D-cool", on))
        assert wrong.value.faults[0].field == "on"
    paid = await database.run(birch, disburse, Disburse(offer.id, "D-cool", accepted.pays_from))
    assert paid.loan.disbursed_on == accepted.pays_from
    with pytest.raises(DisbursementDiffers):
        await database.run(
            birch, disburse, Disburse(offer.id, "D-cool", accepted.pays_from + timedelta(days=1))
        )


async def test_erasing_the_borrower_makes_the_facts_unreadable(database: Database, acme: Caller) -> None:
    wish = a_wish(borrower="B-gone")
    made = await database.run(acme, apply, wish)
    done = await database.run(acme, submit, made.id)
    assert (await database.read(acme, recompute, done.id)).same
    draft = await database.run(acme, apply, a_wish(borrower="B-gone", product="considered"))
    await database.run(acme, erase, Erase(done.borrower, "asked"))
    with pytest.raises(DecisionNotFound, match="erased"):
        await database.read(acme, recompute, done.id)

    async def forced(tx: TenantTx, which: UUID) -> bytes:
        sealed = await tx.value("SELECT sealed FROM applications WHERE id = $1", which)
        return tx.keys.open(b"", sealed, f"applications.sealed|{which}")

    with pytest.raises(WrongKey):
        await database.read(acme, forced, done.id)
    for deed, command in ((apply, wish), (submit, draft.id), (apply, replace(wish, reference="A-anew"))):
        with pytest.raises(ApplicantUnfit):
            await database.run(acme, deed, command)
    with pytest.raises(ApplicantUnfit):
        await database.run(staff(acme, "ding"), approve, Decide(done.id))
    assert (await database.read(acme, application, done.id)).application.advice is Advice.APPROVE
    assert (await database.run(acme, withdraw, Withdraw(done.id, "erased"))).state is S.WITHDRAWN


async def test_what_is_kept_holds_no_value_in_clear(database: Database, acme: Caller) -> None:
    made = await scored(database, acme, facts={"monthly_income": "8765.43"})

    async def rows(tx: TenantTx, which: UUID) -> str:
        kept = await tx.rows("SELECT a::text FROM applications AS a WHERE id = $1", which)
        steps = await tx.rows("SELECT s::text FROM application_steps AS s WHERE application_id = $1", which)
        events = await tx.rows(
            "SELECT convert_from(body, 'UTF8') FROM audit_events WHERE subject = $1", str(which)
        )
        return "\n".join(str(row[0]) for row in (*kept, *steps, *events))

    text = await database.read(acme, rows, made.id)
    assert "8765.43" not in text
    assert "salaried" not in text
    assert ">= 8000" in text
    assert "steady" in text


async def test_a_decision_is_made_again_by_the_card_it_was_made_by(database: Database, acme: Caller) -> None:
    before = await scored(database, acme, facts={"open_loans": "9"})
    harder = the_file().model_dump(mode="json", exclude_none=True)
    harder["scorecards"][0]["approve_from"] = 5000
    await _published(database, acme, harder)
    again = await database.read(acme, recompute, before.id)
    assert (again.same, again.again.outcome) == (True, Advice.REFER)
    after = await scored(database, acme)
    assert (after.advice, after.state) == (Advice.REFER, S.REFERRED)
    await _published(database, acme, the_file().model_dump(mode="json", exclude_none=True))


async def test_terms_stay_as_offered_and_what_is_no_longer_offered_is_refused(
    database: Database, acme: Caller
) -> None:
    offer = await offered(database, acme)
    draft = await database.run(acme, apply, a_wish())
    none = the_file().model_dump(mode="json", exclude_none=True) | {"products": []}
    await _published(database, acme, none)
    await database.run(acme, accept, offer.id)
    paid = await database.run(acme, disburse, Disburse(offer.id, f"D-{offer.reference}"))
    assert str(paid.loan.annual_rate.normalize()) == "0.144"
    for deed, command in ((submit, draft.id), (apply, a_wish())):
        with pytest.raises(ApplicationInvalid, match="no such product"):
            await database.run(acme, deed, command)
    await _published(database, acme, the_file().model_dump(mode="json", exclude_none=True))


async def test_a_product_nobody_lives_to_repay_is_refused_before_it_is_offered(
    database: Database, acme: Caller
) -> None:
    long = the_file().model_dump(mode="json", exclude_none=True)
    long["products"][0] |= {"counts": [12, 600], "every": {"count": 12, "unit": "month"}}
    draft = await database.run(acme, apply, a_wish())
    await _published(database, acme, long)
    with pytest.raises(ApplicationInvalid) as wrong:
        await database.run(acme, apply, a_wish(count=600))
    assert [fault.field for fault in wrong.value.faults] == ["count"]
    assert (await database.run(acme, submit, draft.id)).state is S.SCORED
    await _published(database, acme, the_file().model_dump(mode="json", exclude_none=True))


async def _published(database: Database, caller: Caller, file: dict[str, Any]) -> None:
    async def put(tx: TenantTx, table: dict[str, Any]) -> None:
        files = await tx.value("SELECT files FROM publications ORDER BY version DESC LIMIT 1")
        await publish(tx, Publish(files | {"applications": table}))

    await database.run(caller, put, file)


async def test_a_draft_changed_again_and_again_is_refused_in_the_end(
    database: Database, acme: Caller
) -> None:
    wish = a_wish()
    first = await database.run(acme, apply, wish)

    async def used_up(tx: TenantTx, which: UUID) -> None:
        await tx.execute("UPDATE applications SET steps = $2 WHERE id = $1", which, MOST_DRAFTS)

    changed = await database.run(staff(acme, "xu"), apply, replace(wish, count=6))
    assert (changed.id, changed.count, changed.makers) == (first.id, 6, {"staff:tester", "staff:xu"})
    await database.run(acme, used_up, first.id)
    with pytest.raises(WrongState, match="too often"):
        await database.run(acme, apply, replace(wish, count=3))


async def test_a_reference_belongs_to_one_borrower(database: Database, acme: Caller) -> None:
    wish = a_wish()
    await database.run(acme, apply, wish)
    other = replace(a_wish(), reference=wish.reference)
    with pytest.raises(ApplicationDiffers, match="another borrower"):
        await database.run(acme, apply, other)


async def test_a_review_gives_way_to_a_new_application(database: Database, acme: Caller) -> None:
    bad = await scored(database, acme, borrower="B-twice", facts={"standing": "default"})
    assert bad.state is S.DECLINED
    assert await database.run(acme, submit, bad.id) == bad, "submitting again answers with what was decided"
    await database.run(acme, apply, a_wish(borrower="B-twice"))
    with pytest.raises(ApplicationOpen):
        await database.run(acme, review, Review(bad.id, "asked"))


async def test_limits_are_those_in_force_when_somebody_decides(database: Database, acme: Caller) -> None:
    made = await scored(database, acme)
    low = staff(acme, "ding", "applications:approve")
    tight = the_file().model_dump(mode="json", exclude_none=True)
    tight["limits"][0]["most"] = {"CNY": "11999.99"}
    await _published(database, acme, tight)
    with pytest.raises(AboveLimit):
        await database.run(low, approve, Decide(made.id))
    await _published(database, acme, the_file().model_dump(mode="json", exclude_none=True))
    assert (await database.run(low, approve, Decide(made.id))).state is S.APPROVED
    whole = await database.read(acme, application, made.id)
    assert whole.steps[-1].rules_version > whole.application.rules_version


async def test_the_database_too_keeps_makers_and_deciders_apart(database: Database, acme: Caller) -> None:
    made = await scored(database, acme)
    with pytest.raises(SecondPersonNeeded):
        await database.run(staff(acme, "mei", number=2), approve, Decide(made.id))

    async def forge(tx: TenantTx, statement: str) -> None:
        await tx.execute(statement, made.id)  # pyright: ignore[reportArgumentType]

    for statement, constraint in (
        ("UPDATE applications SET deciders = makers WHERE id = $1", "applications_second_person"),
        ("UPDATE applications SET state = 'approved' WHERE id = $1", "applications_approved"),
        ("UPDATE applications SET disbursement = 'D' WHERE id = $1", "applications_disbursed"),
    ):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await database.run(acme, forge, statement)
        assert refused.value.constraint_name == constraint
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.run(acme, forge, "DELETE FROM application_steps WHERE application_id = $1")


async def test_an_unknown_application_is_not_found(database: Database, acme: Caller, birch: Caller) -> None:
    made = await scored(database, acme)
    for deed, command in (
        (submit, made.id),
        (approve, Decide(made.id)),
        (review, Review(made.id, "x")),
        (withdraw, Withdraw(made.id, "x")),
        (disburse, Disburse(made.id, "D")),
        (application, made.id),
        (recompute, made.id),
    ):
        with pytest.raises(ApplicationNotFound):
            await database.run(birch, deed, command)
    nobody = ListApplications(None, 50, borrower=BorrowerId(made.borrower))
    assert not (await database.read(birch, applications, nobody)).rows
