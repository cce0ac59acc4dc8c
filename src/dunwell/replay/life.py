"""Living a history: the clock, the payments, the plan, the sending, one day after the other."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.channels.providers.port import Providers
from dunwell.channels.use_cases import make_reports
from dunwell.intake.loading import load_tape
from dunwell.intake.model import CHUNK_BYTES, Counts
from dunwell.intake.receiving import Incoming, receive
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.lanes.facts import drain_facts
from dunwell.lanes.messages import drain_messages
from dunwell.lanes.model import Drained
from dunwell.lanes.planning import plan_day
from dunwell.lanes.registry import REACTIONS
from dunwell.lanes.sealing import seal_log
from dunwell.loans.model import MOST_PAYMENTS, RecordPayment
from dunwell.loans.use_cases import record_payments
from dunwell.replay import queries
from dunwell.replay.history import PROFILE, ZONE, Arrival, History, profile_table
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.strategy.model import Planned
from dunwell.tenancy.model import Files
from dunwell.tenancy.provisioning import add_tenant
from dunwell.tenancy.use_cases import advance_clock, operator

MORNING: Final = time(0, 5)
SENDING: Final = time(10, 1)
EVENING: Final = time(23, 50)
SEAL_EVERY: Final = 30
REPORTS: Final = 5000

Told = Callable[[date], None]


@dataclass(slots=True)
class Lived:
    """What a run of the replay did; a second run adds nothing."""

    loaded: Counts = field(default_factory=Counts)
    days: int = 0
    payments: int = 0
    planned: Planned = field(default_factory=Planned)
    sent: Drained = field(default_factory=Drained)


class Life:
    """One tenant's time. Can be killed at any point: the same run goes on from the tenant's own day."""

    def __init__(self, database: Database, caller: Caller, providers: Providers, history: History) -> None:
        self._database = database
        self._caller = caller
        self._providers = providers
        self._history = history
        self._ids: dict[str, LoanId] = {}
        self._place = 0
        self.lived = Lived()

    async def load(self, settings: Settings, tape: Path) -> None:
        """The tape as of its first due date. Loading it again changes nothing."""
        incoming = Incoming(
            tape.name, PROFILE, settings.tape_limit, as_of=self._history.first_due_on, table=profile_table()
        )
        kept = await receive(self._database, self._caller, incoming, _pieces(tape), load=False)
        loaded = await load_tape(self._database, self._caller, kept.id)
        self.lived.loaded = loaded.counts
        self._ids = await self._database.read(self._caller, _loan_ids, None)

    async def live(self, until: date, told: Told) -> None:
        """Every day from the tenant's own to `until`, both included."""
        day = self._history.first_due_on
        while day <= until:
            await self._day(day)
            told(day)
            self.lived.days += 1
            if self.lived.days % SEAL_EVERY == 0:
                await seal_log(self._database, self._caller, None)
            day += timedelta(days=1)
        await seal_log(self._database, self._caller, None)

    async def _day(self, day: date) -> None:
        await self._at(day, MORNING)
        self._count(await plan_day(self._database, self._caller))
        # Between plan and sending money comes in, and whoever paid gets no message.
        await self._at(day, SENDING)
        self._count(await plan_day(self._database, self._caller))
        self.lived.sent = self.lived.sent.plus(
            await drain_messages(self._database, self._caller, self._providers, None)
        )
        await self._database.run(self._caller, make_reports, REPORTS)
        await self._at(day, EVENING)
        await drain_facts(self._database, self._caller, REACTIONS, None)

    def _count(self, planned: Planned) -> None:
        self.lived.planned = self.lived.planned.plus(planned)

    async def _at(self, day: date, hour: time) -> None:
        """Move the clock there, unless it has passed, and book what arrived until then."""
        at = datetime.combine(day, hour, ZoneInfo(ZONE))
        now = await self._database.read(self._caller, _now, None)
        if now < at:
            tenant = self._caller.tenant
            await self._database.control(advance_clock, (tenant, at - now), cell=tenant.cell)
        arrived: list[Arrival] = []
        while self._place < len(self._history.arrivals) and self._history.arrivals[self._place].at <= at:
            arrived.append(self._history.arrivals[self._place])
            self._place += 1
        await self._book(arrived)

    async def _book(self, arrived: Sequence[Arrival]) -> None:
        commands = [
            RecordPayment(
                loan=self._ids[each.payment.loan],
                reference=f"tape/{each.payment.payment.reference}",
                amount=Money(each.payment.payment.minor, each.payment.currency),
                received_on=each.payment.payment.paid_on,
                source="replay",
            )
            for each in arrived
            # What came in before the first due date was booked with the tape.
            if each.payment.loan in self._ids and each.payment.payment.paid_on > self._history.first_due_on
        ]
        for start in range(0, len(commands), MOST_PAYMENTS):
            await self._database.run(self._caller, record_payments, commands[start : start + MOST_PAYMENTS])
        self.lived.payments += len(commands)


async def settle(database: Database, settings: Settings, slug: str, files: Files, first: date) -> Caller:
    """The replay's tenant, its clock set to the first day before anything happens in it. Repeatable."""
    beginning = datetime.combine(first, time(), ZoneInfo(ZONE))
    added = await add_tenant(database, settings, slug, files, begins=beginning)
    return Caller(added.tenant, operator("replay"))


async def _now(tx: TenantTx, _: None) -> datetime:
    return tx.now


async def _loan_ids(tx: TenantTx, _: None) -> dict[str, LoanId]:
    return await queries.loan_ids(tx)


async def _pieces(tape: Path) -> AsyncIterator[bytes]:
    with tape.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
