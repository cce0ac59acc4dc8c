"""Senders in the database: business numbers in clear, somebody's own sealed; registered once, withdrawn for good."""

from dataclasses import replace
from uuid import uuid4

import pytest

from dunwell.agents.model import (
    AgencyUnknown,
    ListOf,
    ListUnder,
    RegisterSender,
    SenderInvalid,
    SenderKind,
    SenderNotFound,
    SenderTaken,
    SetAside,
)
from dunwell.agents.use_cases import (
    register_sender,
    registered_senders,
    sender,
    sender_history,
    sender_key,
    senders,
    withdraw_sender,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import WrongCursor
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.agents import a_sender, an_agency, audited

OWN = "+86 138 0013 8000"


async def test_before_the_first_one_nothing_is_checked_and_after_the_last_nothing_passes(
    database: Database, birch: Caller
) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        assert await registered_senders(tx) is None
        line = await a_sender(tx, "+1 (212) 555-0100")
        own = await a_sender(tx, OWN, private=True, consent="S-1")
        mail = await a_sender(tx, "Collect@Birch.example", SenderKind.EMAIL)
        found = await registered_senders(tx)
        assert found == {
            *("+1 (212) 555-0100", OWN, "Collect@Birch.example"),
            *("+12125550100", sender_key(OWN), "collect@birch.example"),
        }
        for each in (line, own, mail):
            await withdraw_sender(tx, SetAside(each.id, "given-up"))
        assert await registered_senders(tx) == frozenset()

    await database.run(birch, register, None)


async def test_somebody_s_own_number_is_sealed_and_masked(database: Database, acme: Caller) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        said = RegisterSender(SenderKind.PHONE, OWN, private=True, consent="S-1")
        kept = await register_sender(tx, said)
        assert (kept.address, kept.private, kept.consent) == ("****8000", True, "S-1")
        assert "138" not in repr(said)
        row = await tx.row("SELECT address, sealed_address, blind FROM senders WHERE id = $1", kept.id)
        assert row is not None
        assert row["address"] is None
        assert b"0013" not in row["sealed_address"] + row["blind"]
        told = await tx.value("SELECT facts FROM register_changes WHERE subject_id = $1", kept.id)
        assert told == {"kind": "phone", "agency": None, "private": True, "consent": "S-1"}

    await database.run(acme, register, None)


async def test_a_sender_stands_once_however_it_is_written(database: Database, acme: Caller) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        await an_agency(tx, "s-north")
        said = RegisterSender(SenderKind.SMS_SIGNATURE, "【Acme】")
        first = await register_sender(tx, said)
        assert await register_sender(tx, replace(said, address=" [ACME] ")) == first
        for other in (replace(said, agency="s-north"), replace(said, private=True, consent="S-2")):
            with pytest.raises(SenderTaken) as refused:
                await register_sender(tx, other)
            assert refused.value.faults[0].remedy
        assert (await register_sender(tx, replace(said, kind=SenderKind.IM))).id != first.id
        gone = await withdraw_sender(tx, SetAside(first.id, "moved"))
        assert (gone.withdrawn_at, gone.withdrawn_because) == (tx.now, "moved")
        assert await withdraw_sender(tx, SetAside(first.id, "again")) == gone
        anew = await register_sender(tx, replace(said, agency="s-north"))
        assert (anew.agency, anew.withdrawn_at) == ("s-north", None)
        assert await sender(tx, first.id) == gone
        history = (await sender_history(tx, ListUnder(first.id))).rows
        assert [(each.number, each.action) for each in history] == [
            (1, "sender.registered"),
            (2, "sender.withdrawn"),
        ]
        assert await audited(tx, first.id) == [each.action for each in history]

    await database.run(acme, register, None)


async def test_what_no_sender_can_be_is_told(database: Database, acme: Caller) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        with pytest.raises(SenderInvalid) as refused:
            await register_sender(tx, RegisterSender(SenderKind.PHONE, "ring", private=True))
        assert [fault.field for fault in refused.value.faults] == ["address", "consent"]
        with pytest.raises(AgencyUnknown):
            await register_sender(tx, RegisterSender(SenderKind.PHONE, "95588", "s-nobody"))
        with pytest.raises(SenderNotFound):
            await sender(tx, uuid4())
        with pytest.raises(SenderNotFound):
            await withdraw_sender(tx, SetAside(uuid4(), "nobody"))
        with pytest.raises(SenderNotFound):
            await sender_history(tx, ListUnder(uuid4()))

    await database.run(acme, register, None)


async def test_senders_are_listed_the_newest_first(database: Database, acme: Caller) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        await an_agency(tx, "s-south")
        ours = [await a_sender(tx, f"95588{number}", agency="s-south") for number in range(3)]
        await withdraw_sender(tx, SetAside(ours[0].id, "gone"))
        first = await senders(tx, ListOf(limit=2, agency="s-south"))
        rest = await senders(tx, ListOf(first.next, agency="s-south"))
        assert {each.id for each in (*first.rows, *rest.rows)} == {each.id for each in ours}
        standing = await senders(tx, ListOf(agency="s-south", active=True))
        assert {each.id for each in standing.rows} == {each.id for each in ours[1:]}
        gone = await senders(tx, ListOf(agency="s-south", active=False))
        assert [each.id for each in gone.rows] == [ours[0].id]
        assert ours[1].id not in {each.id for each in (await senders(tx, ListOf(agency="lender"))).rows}
        for cursor in (
            "?",
            "WyJ4IiwgInkiXQ",
            "WyIyMDI2LTAxLTAxIiwgIjEyMzQ1Njc4LTEyMzQtMTIzNC0xMjM0LTEyMzQ1Njc4MTIzNCJd",
        ):
            with pytest.raises(WrongCursor):
                await senders(tx, ListOf(cursor))

    await database.run(acme, register, None)
