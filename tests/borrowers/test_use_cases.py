"""Borrowers in the database: saved once, sealed, found blindly, erased for good."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from dunwell.borrowers.model import (
    Borrower,
    BorrowerErased,
    BorrowerInvalid,
    BorrowerNotFound,
    BorrowerStatus,
    Browse,
    Erase,
    Find,
    FindBy,
    MarkPoint,
    PointKind,
    PointStatus,
    Reveal,
)
from dunwell.borrowers.use_cases import (
    borrower,
    borrowers,
    contact_points,
    erase,
    find,
    lock,
    mark_points,
    open_points,
    profiles,
    reveal,
    save_borrower,
    save_borrowers,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, ContactPointId
from dunwell.kernel.paging import WrongCursor, encode_cursor
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower, some_borrower

PHONE, EMAIL, POSTAL = PointKind.PHONE, PointKind.EMAIL, PointKind.POSTAL


async def made(database: Database, caller: Caller, **changes: object) -> BorrowerId:
    async def use_case(tx: TenantTx, _: None) -> BorrowerId:
        return await a_borrower(tx, **changes)

    return await database.run(caller, use_case, None)


async def acts(database: Database, caller: Caller, subject: object) -> list[str]:
    async def use_case(tx: TenantTx, _: None) -> list[str]:
        rows = await tx.rows("SELECT action FROM audit_events WHERE subject = $1 ORDER BY id", str(subject))
        return [row["action"] for row in rows]

    return await database.read(caller, use_case, None)


async def best(database: Database, caller: Caller, who: BorrowerId, kind: PointKind) -> str | None:
    async def use_case(tx: TenantTx, _: None) -> str | None:
        found = await contact_points(tx, [who], kind)
        return found[who].masked if who in found else None

    return await database.read(caller, use_case, None)


async def test_a_saved_borrower_has_the_tenants_home_and_is_masked(database: Database, acme: Caller) -> None:
    who = await made(database, acme)
    found: Borrower = await database.read(acme, borrower, who)
    assert (found.profile.zone, found.profile.country) == ("Asia/Shanghai", "CN")
    assert (found.masked_name, found.masked_id_number) == ("张***", "****002X")
    assert {point.masked for point in found.points} == {"138****8000", "z***@example.com", "***"}
    assert await acts(database, acme, who) == ["borrower.inserted"]


async def test_nothing_clear_is_kept(database: Database, acme: Caller) -> None:
    await made(database, acme, name="Secretname", phones=("13912345678",), id_number="ID-SECRET-1")

    async def dump(tx: TenantTx, _: None) -> str:
        tables = [
            await tx.value("SELECT string_agg(borrowers::text, ' ') FROM borrowers"),
            await tx.value("SELECT string_agg(contact_points::text, ' ') FROM contact_points"),
            await tx.value("SELECT string_agg(convert_from(body, 'UTF8'), ' ') FROM audit_events"),
        ]
        return " ".join(tables)

    text = await database.read(acme, dump, None)
    for secret in ("Secretname", "13912345678", "ID-SECRET-1", b"Secretname".hex(), b"13912345678".hex()):
        assert secret not in text


async def test_saving_again_changes_nothing_and_a_change_updates(database: Database, acme: Caller) -> None:
    drafts = [some_borrower(reference=f"twice-{n}", name=f"N {n}") for n in range(3)]
    first = await database.run(acme, save_borrowers, drafts)
    assert await database.run(acme, save_borrowers, drafts) == first
    versions = await row_versions(database, acme, list(first.values()))
    drafts[1] = some_borrower(reference="twice-1", name="Changed")
    assert await database.run(acme, save_borrowers, drafts) == first
    after = await row_versions(database, acme, list(first.values()))
    changed = first["twice-1"]
    assert {who for who in after if after[who] != versions[who]} == {changed}
    assert (await database.read(acme, borrower, changed)).masked_name == "C***"
    assert await acts(database, acme, changed) == ["borrower.updated"]


async def row_versions(
    database: Database, caller: Caller, ids: Sequence[BorrowerId]
) -> dict[BorrowerId, str]:
    async def use_case(tx: TenantTx, _: None) -> dict[BorrowerId, str]:
        rows = await tx.rows("SELECT id, ctid::text AS place FROM borrowers WHERE id = ANY($1::uuid[])", ids)
        return {row["id"]: row["place"] for row in rows}

    return await database.read(caller, use_case, None)


async def test_what_a_draft_does_not_say_stays(database: Database, acme: Caller) -> None:
    who = await made(database, acme, reference="partial", zone="Asia/Urumqi")
    silent = some_borrower(
        reference="partial", name=None, id_number=None, phones=(), emails=("new@example.com",), address=None
    )
    assert await database.run(acme, save_borrowers, [silent]) == {"partial": who}
    shown = await database.run(acme, reveal, Reveal(who, "test"))
    assert (shown.name, shown.id_number, shown.address) == ("张三", "11010519491231002X", "北京市东城区 1 号")
    assert (shown.phones, shown.emails) == (("+8613800138000",), ("new@example.com",))
    assert (await database.read(acme, borrower, who)).profile.zone == "Asia/Urumqi"
    before = await row_versions(database, acme, [who])
    await database.run(acme, save_borrowers, [silent])
    assert await row_versions(database, acme, [who]) == before


async def test_the_lenders_first_number_is_the_best_and_a_withdrawn_one_comes_back(
    database: Database, acme: Caller
) -> None:
    who = await made(database, acme, reference="ranks", phones=("13900000001", "13900000002"))
    assert await best(database, acme, who, PHONE) == "139****0001"
    await database.run(acme, save_borrowers, [some_borrower(reference="ranks", phones=("13900000002",))])
    assert await best(database, acme, who, PHONE) == "139****0002"
    assert await best(database, acme, who, EMAIL) == "z***@example.com"
    both = some_borrower(reference="ranks", phones=("13900000001", "13900000002"))
    await database.run(acme, save_borrowers, [both])
    assert await best(database, acme, who, PHONE) == "139****0001"


async def test_a_bounced_address_is_not_used_even_if_the_lender_names_it_again(
    database: Database, acme: Caller
) -> None:
    who = await made(database, acme, reference="bounce")
    point = (await database.read(acme, borrower, who)).points[0]
    assert point.kind is EMAIL
    await database.run(acme, mark_points, [MarkPoint(point.id, PointStatus.INVALID)])
    await database.run(acme, mark_points, [MarkPoint(point.id, PointStatus.INVALID)])
    assert await acts(database, acme, point.id) == ["contact-point.marked"]
    await database.run(acme, save_borrowers, [some_borrower(reference="bounce", name="Other")])
    assert await best(database, acme, who, EMAIL) is None
    assert await database.read(acme, open_points, [point.id]) == {}


async def test_open_points_greet_by_name_or_reference(database: Database, acme: Caller) -> None:
    named = await made(database, acme, reference="greet-1")
    nameless = await made(database, acme, reference="greet-2", name=None)

    async def use_case(tx: TenantTx, _: None) -> dict[BorrowerId, tuple[str, str]]:
        best_points = await contact_points(tx, [named, nameless], PHONE)
        opened = await open_points(tx, [point.id for point in best_points.values()])
        return {point.borrower: (point.name, point.address) for point in opened.values()}

    assert await database.read(acme, use_case, None) == {
        named: ("张三", "+8613800138000"),
        nameless: ("greet-2", "+8613800138000"),
    }
    assert await database.read(acme, open_points, [ContactPointId(uuid4())]) == {}


@pytest.mark.parametrize(
    ("by", "text"),
    [
        (FindBy.REFERENCE, "find-me"),
        (FindBy.PHONE, "137 1111 2222"),
        (FindBy.EMAIL, "Find.Me@EXAMPLE.com"),
        (FindBy.ID_NUMBER, "id 77-x"),
        (FindBy.NAME, "ｆｉｎｄ me"),
    ],
)
async def test_borrowers_are_found_by_exact_values_within_their_tenant(
    database: Database, acme: Caller, birch: Caller, by: FindBy, text: str
) -> None:
    draft = some_borrower(
        reference="find-me",
        name="Find Me",
        id_number="ID77X",
        phones=("+8613711112222",),
        emails=("find.me@example.com",),
    )
    ids = await database.run(acme, save_borrowers, [draft])
    found = await database.read(acme, find, Find(by, text))
    assert [each.profile.id for each in found] == [ids["find-me"]]
    asked = text if by is not FindBy.PHONE else "+86 137 1111 2222"
    assert await database.read(birch, find, Find(by, asked)) == []


@pytest.mark.parametrize("by", [FindBy.NAME, FindBy.ID_NUMBER])
async def test_an_empty_value_finds_nobody(database: Database, acme: Caller, by: FindBy) -> None:
    assert await database.read(acme, find, Find(by, " ")) == []


@pytest.mark.parametrize("by", [FindBy.PHONE, FindBy.EMAIL])
async def test_a_malformed_address_is_refused(database: Database, acme: Caller, by: FindBy) -> None:
    with pytest.raises(BorrowerInvalid):
        await database.read(acme, find, Find(by, "?"))


async def test_faults_name_the_line_and_nothing_is_saved(database: Database, acme: Caller) -> None:
    drafts = [some_borrower(reference="good-1"), some_borrower(reference="bad", phones=("12",))]
    with pytest.raises(BorrowerInvalid) as caught:
        await database.run(acme, save_borrowers, drafts)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(2, "phones")]
    assert await database.read(acme, find, Find(FindBy.REFERENCE, "good-1")) == []


async def test_reveal_leaves_an_audit_event(database: Database, acme: Caller) -> None:
    who = await made(database, acme)
    shown = await database.run(acme, reveal, Reveal(who, "call-back"))
    assert shown.phones == ("+8613800138000",)
    assert "张" not in repr(shown)
    assert await acts(database, acme, who) == ["borrower.inserted", "borrower.revealed"]
    with pytest.raises(BorrowerNotFound):
        await database.run(acme, reveal, Reveal(BorrowerId(uuid4()), "x"))


async def test_an_erased_borrower_is_gone_for_good(database: Database, acme: Caller) -> None:
    draft = some_borrower(reference="forget-me", phones=("13788889999",))
    who = (await database.run(acme, save_borrowers, [draft]))["forget-me"]
    for _ in range(2):
        await database.run(acme, erase, Erase(who, "asked"))
    assert await acts(database, acme, who) == ["borrower.inserted", "borrower.erased"]
    with pytest.raises(BorrowerErased):
        await database.run(acme, reveal, Reveal(who, "x"))
    found = await database.read(acme, borrower, who)
    assert (found.profile.status, found.masked_name, found.points) == (BorrowerStatus.ERASED, "", ())
    assert await database.read(acme, find, Find(FindBy.PHONE, "13788889999")) == []
    assert await database.run(acme, save_borrowers, [draft]) == {"forget-me": who}
    assert (await database.read(acme, borrower, who)).profile.status is BorrowerStatus.ERASED
    with pytest.raises(BorrowerNotFound):
        await database.run(acme, erase, Erase(BorrowerId(uuid4()), "asked"))


async def test_two_tapes_with_the_same_new_borrowers_agree(database: Database, acme: Caller) -> None:
    drafts = [some_borrower(reference=f"race-{n}") for n in range(40)]
    answers = await asyncio.gather(
        database.run(acme, save_borrowers, drafts), database.run(acme, save_borrowers, drafts[::-1])
    )
    assert answers[0] == answers[1]
    assert len(set(answers[0].values())) == 40


async def test_the_list_is_paged_by_key(database: Database, birch: Caller) -> None:
    drafts = [some_borrower(reference=f"page-{n}") for n in range(5)]
    ids = await database.run(birch, save_borrowers, drafts)
    seen: list[BorrowerId] = []
    cursor = None
    while True:
        page = await database.read(birch, borrowers, Browse(cursor, 2))
        seen += [each.profile.id for each in page.rows]
        if (cursor := page.next) is None:
            break
    assert sorted(seen) == sorted(ids.values())


async def test_profiles_and_locks_know_only_their_own_tenant(
    database: Database, acme: Caller, birch: Caller
) -> None:
    who = await made(database, acme)
    stranger = BorrowerId(uuid4())
    assert set(await database.read(acme, profiles, [who, stranger])) == {who}
    assert await database.run(acme, lock, [who, stranger]) == {who}
    assert await database.read(birch, profiles, [who]) == {}
    assert await database.run(birch, lock, [who]) == set()
    with pytest.raises(BorrowerNotFound):
        await database.read(birch, borrower, who)


async def test_saving_nobody_does_nothing(database: Database, acme: Caller) -> None:
    assert await database.run(acme, save_borrowers, []) == {}


@pytest.mark.parametrize(
    "key", [("x", "y"), ("2024-01-01", str(uuid4())), ("0001-01-01T00:00:00+14:00", str(uuid4()))]
)
async def test_a_forged_cursor_is_refused(database: Database, acme: Caller, key: tuple[str, str]) -> None:
    with pytest.raises(WrongCursor):
        await database.read(acme, borrowers, Browse(encode_cursor(key), 3))


async def test_one_borrower_is_saved_like_many(database: Database, acme: Caller) -> None:
    who = await database.run(acme, save_borrower, some_borrower(reference="single"))
    assert await database.run(acme, save_borrowers, [some_borrower(reference="single")]) == {"single": who}
