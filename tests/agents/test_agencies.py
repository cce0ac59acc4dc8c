"""Agencies in the database: registered once, changed with a trace, reviewed, suspended; every fault in words."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from dunwell.agents.model import (
    Agency,
    AgencyCodeTaken,
    AgencyId,
    AgencyInvalid,
    AgencyNotFound,
    AgencyReviewDue,
    ChangeAgency,
    ListAgencies,
    ListUnder,
    ReviewAgency,
    ReviewDiffers,
    ReviewResult,
    SaveAgency,
    SetAside,
)
from dunwell.agents.use_cases import (
    agencies,
    agency,
    agency_history,
    change_agency,
    reinstate_agency,
    review_agency,
    reviews,
    save_agency,
    suspend_agency,
)
from dunwell.kernel.calendar import add_months
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import WrongCursor
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.agents import an_agency, audited, some_terms


def passed(held: Agency, tx: TenantTx, days_ago: int, reference: str, **changes: object) -> ReviewAgency:
    on = tx.today - timedelta(days=days_ago)
    return replace(ReviewAgency(held.id, on, ReviewResult.PASSED, reference), **changes)


async def test_an_agency_is_registered_once_and_a_repeat_answers_with_it(
    database: Database, acme: Caller
) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        terms = some_terms(tx.today)
        first = await save_agency(tx, SaveAgency("once", terms))
        assert await save_agency(tx, SaveAgency("once", terms)) == first
        assert (first.listed_on, first.reviewed_on, first.review_due_on) == (tx.today, None, None)
        with pytest.raises(AgencyCodeTaken) as refused:
            await save_agency(tx, SaveAgency("once", replace(terms, name="Other Ltd")))
        assert refused.value.faults[0].field == "code"
        assert await audited(tx, first.id) == ["agency.registered"]

    await database.run(acme, register, None)


async def test_terms_that_cannot_be_are_refused(database: Database, acme: Caller) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        wrong = some_terms(tx.today, contract_until=tx.today - timedelta(days=200))
        with pytest.raises(AgencyInvalid) as refused:
            await save_agency(tx, SaveAgency("backwards", wrong))
        assert refused.value.faults[0].field == "contract_until"
        with pytest.raises(AgencyInvalid):
            await save_agency(tx, SaveAgency("lender", some_terms(tx.today)))
        held = await an_agency(tx, "fine")
        with pytest.raises(AgencyInvalid):
            await change_agency(tx, ChangeAgency(held.id, wrong))
        with pytest.raises(AgencyNotFound):
            await change_agency(tx, ChangeAgency(AgencyId(uuid4()), some_terms(tx.today)))

    await database.run(acme, register, None)


async def test_a_change_leaves_its_trace_and_no_change_none(database: Database, acme: Caller) -> None:
    async def change(tx: TenantTx, _: None) -> None:
        held = await an_agency(tx, "traced")
        terms = some_terms(tx.today)
        assert await change_agency(tx, ChangeAgency(held.id, terms)) == held
        shorter = replace(terms, contract_until=tx.today, listed=False, name="North Two Ltd")
        after = await change_agency(tx, ChangeAgency(held.id, shorter))
        assert (after.name, after.contract_until, after.listed_on) == ("North Two Ltd", tx.today, None)
        again = await change_agency(tx, ChangeAgency(held.id, replace(shorter, listed=True)))
        assert again.listed_on == tx.today
        page = await agency_history(tx, ListUnder(held.id, limit=2))
        assert [each.action for each in page.rows] == ["agency.registered", "agency.reviewed"]
        rest = await agency_history(tx, ListUnder(held.id, page.next))
        assert [(each.number, each.action) for each in rest.rows] == [
            (3, "agency.changed"),
            (4, "agency.changed"),
        ]
        assert rest.rows[0].facts["contract_until"] == tx.today.isoformat()
        assert rest.rows[0].actor == "staff:tester"
        assert await audited(tx, held.id) == [each.action for each in (*page.rows, *rest.rows)]

    await database.run(acme, change, None)


async def test_a_contract_is_renewed_only_after_a_review(
    database: Database, acme: Caller, birch: Caller
) -> None:
    async def renew(tx: TenantTx, reviewed_days_ago: int | None) -> None:
        held = await an_agency(tx, f"renew-{reviewed_days_ago}", reviewed_days_ago=reviewed_days_ago)
        longer = some_terms(tx.today, contract_until=tx.today + timedelta(days=400))
        await change_agency(tx, ChangeAgency(held.id, longer))

    await database.run(acme, renew, 30)
    for too_long in (None, 400):
        with pytest.raises(AgencyReviewDue) as refused:
            await database.run(acme, renew, too_long)
        assert refused.value.faults[0].field == "contract_until"
    await database.run(birch, renew, None)


async def test_the_latest_review_counts_and_a_failed_one_takes_the_place_of_a_passed_one(
    database: Database, acme: Caller
) -> None:
    async def review(tx: TenantTx, _: None) -> None:
        held = await an_agency(tx, "reviewed", reviewed_days_ago=None)
        first = await review_agency(tx, passed(held, tx, 100, "R-1"))
        assert await review_agency(tx, passed(held, tx, 100, "R-1")) == first
        assert (await agency(tx, held.id)).reviewed_on == first.reviewed_on
        await review_agency(tx, passed(held, tx, 200, "R-0"))
        assert (await agency(tx, held.id)).reviewed_on == first.reviewed_on, "an older one is no news"
        failed = passed(held, tx, 10, "R-2", result=ReviewResult.FAILED)
        await review_agency(tx, failed)
        assert (await agency(tx, held.id)).reviewed_on is None
        await review_agency(tx, passed(held, tx, 10, "R-3"))
        assert (await agency(tx, held.id)).reviewed_on is None, "of two on one day the failed one counts"
        last = await review_agency(tx, passed(held, tx, 0, "R-4"))
        after = await agency(tx, held.id)
        assert (after.reviewed_on, after.review_due_on) == (
            tx.today,
            add_months(last.reviewed_on, 12),
        )
        with pytest.raises(ReviewDiffers):
            await review_agency(tx, replace(failed, result=ReviewResult.PASSED))
        with pytest.raises(AgencyInvalid) as refused:
            await review_agency(tx, passed(held, tx, -1, "R-5"))
        assert refused.value.faults[0].field == "reviewed_on"
        with pytest.raises(AgencyNotFound):
            await review_agency(tx, replace(failed, agency=AgencyId(uuid4())))
        page = await reviews(tx, ListUnder(held.id, limit=3))
        rest = await reviews(tx, ListUnder(held.id, page.next))
        found = [each.reference for each in (*page.rows, *rest.rows)]
        assert (found[0], sorted(found[1:3]), found[3:]) == ("R-4", ["R-2", "R-3"], ["R-1", "R-0"])
        assert (await audited(tx, held.id)).count("agency.reviewed") == 5

    await database.run(acme, review, None)


async def test_a_suspension_is_told_once_and_ends_with_a_reason(database: Database, acme: Caller) -> None:
    async def suspend(tx: TenantTx, _: None) -> None:
        held = await an_agency(tx, "paused")
        stop = SetAside(held.id, "violence-reported")
        first = await suspend_agency(tx, stop)
        assert (first.suspended_at, first.suspended_because) == (tx.now, "violence-reported")
        assert await suspend_agency(tx, SetAside(held.id, "again")) == first
        after = await reinstate_agency(tx, SetAside(held.id, "cleared"))
        assert (after.suspended_at, after.suspended_because) == (None, None)
        await reinstate_agency(tx, SetAside(held.id, "cleared"))
        assert (await audited(tx, held.id))[2:] == ["agency.suspended", "agency.reinstated"]
        for use_case in (suspend_agency, reinstate_agency):
            with pytest.raises(AgencyNotFound):
                await use_case(tx, SetAside(uuid4(), "nobody"))

    await database.run(acme, suspend, None)


async def test_agencies_are_listed_by_code_by_list_and_by_the_day_their_review_is_due(
    database: Database, birch: Caller
) -> None:
    async def listing(tx: TenantTx, _: None) -> None:
        for code, ago, listed in (
            ("l-a", 100, True),
            ("l-b", None, False),
            ("l-c", 364, True),
            ("l-d", 365, False),
        ):
            await an_agency(tx, code, reviewed_days_ago=ago, listed=listed)

        async def codes(**wanted: object) -> list[str]:
            found, cursor = list[str](), None
            while True:
                page = await agencies(tx, ListAgencies(cursor, limit=2, **wanted))
                found += [each.code for each in page.rows if each.code.startswith("l-")]
                if (cursor := page.next) is None:
                    return found

        assert await codes() == ["l-a", "l-b", "l-c", "l-d"]
        assert await codes(listed=True) == ["l-a", "l-c"]
        assert await codes(listed=False) == ["l-b", "l-d"]
        assert await codes(due_by=tx.today) == ["l-b", "l-d"]
        assert await codes(due_by=tx.today + timedelta(days=2)) == ["l-b", "l-c", "l-d"]

    await database.run(birch, listing, None)


async def test_another_tenant_s_agency_is_no_agency(database: Database, acme: Caller, birch: Caller) -> None:
    held = await database.run(acme, an_agency, "foreign")

    async def look(tx: TenantTx, identity: AgencyId) -> None:
        for listing in (reviews, agency_history):
            with pytest.raises(AgencyNotFound):
                await listing(tx, ListUnder(identity))
        with pytest.raises(AgencyNotFound):
            await agency(tx, identity)

    await database.read(birch, look, held.id)


@pytest.mark.parametrize(
    ("listing", "cursor"),
    [
        (reviews, "?"),
        (reviews, "WyIyMDI2Il0"),
        (reviews, "WyJ4IiwgInkiXQ"),
        (reviews, "WyIyMDI2LTAxLTAxIiwgInkiXQ"),
        (agency_history, "?"),
        (agency_history, "WyJ4Il0"),
        (agency_history, "WyJ4IiwgInkiXQ"),
    ],
)
async def test_a_cursor_of_nobody_s_is_refused(
    database: Database,
    acme: Caller,
    listing: Callable[[TenantTx, ListUnder], Awaitable[object]],
    cursor: str,
) -> None:
    async def look(tx: TenantTx, _: None) -> None:
        held = await an_agency(tx, "cursors")
        with pytest.raises(WrongCursor):
            await listing(tx, ListUnder(held.id, cursor))

    await database.run(acme, look, None)


async def test_many_who_register_the_same_at_once_get_the_same(database: Database, acme: Caller) -> None:
    async def today(tx: TenantTx, _: None) -> date:
        return tx.today

    said = SaveAgency("at-once", some_terms(await database.read(acme, today, None)))
    found = await asyncio.gather(*(database.run(acme, save_agency, said) for _ in range(12)))
    assert len({each.id for each in found}) == 1
    changes = await database.read(acme, agency_history, ListUnder(found[0].id))
    assert [each.number for each in changes.rows] == [1]


async def test_changes_at_once_are_numbered_one_after_another(database: Database, acme: Caller) -> None:
    held = await database.run(acme, an_agency, "busy")

    async def flip(number: int) -> None:
        use_case = suspend_agency if number % 2 else reinstate_agency
        await database.run(acme, use_case, SetAside(held.id, f"word-{number}"))

    await asyncio.gather(*(flip(number) for number in range(16)))
    changes = (await database.read(acme, agency_history, ListUnder(held.id))).rows
    assert [each.number for each in changes] == list(range(1, len(changes) + 1))
    words = [each.action for each in changes[2:]]
    assert words[::2] == ["agency.suspended"] * len(words[::2])
    assert words[1::2] == ["agency.reinstated"] * len(words[1::2])
