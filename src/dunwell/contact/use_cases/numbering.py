"""The numbers of a batch: whose, whether confirmed, and on which clocks their area codes lie."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, cast
from uuid import UUID

import phonenumbers
from phonenumbers import timezone

from dunwell.borrowers.use_cases import open_points
from dunwell.contact.model import CALLS, Channel, Key, Number, Proposal
from dunwell.contact.queries import facts as queries
from dunwell.contact.queries.facts import PointRow
from dunwell.contact.use_cases.assembling import Wants
from dunwell.kernel.calendar import EARLIEST, is_zone
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx

TELEPHONE: Final = CALLS | {Channel.SMS}
# An area code in more zones than this (a toll-free number) says nothing of where somebody is.
MOST_ZONES: Final = 4


@dataclass(frozen=True, slots=True)
class Numbers:
    """`named`: points that proposals name; `telephones`: of each person, the best first.

    Each further clock of a number stands behind it as a number of its own.
    """

    named: dict[Key, Number]
    telephones: dict[Key, list[Number]]


async def numbers_of(
    tx: TenantTx,
    proposals: Sequence[Proposal],
    everyone: Sequence[BorrowerId],
    work: Collection[UUID],
    needs: Wants,
    *,
    search: bool,
) -> Numbers:
    """Telephones are read where somebody may be rung on the best, is searched for, or has clocks by area code."""
    points = list({cast("UUID", each.number) for each in proposals if each.number is not None})
    dials = any(each.number is None and each.channel in TELEPHONE for each in proposals)
    named = await queries.numbers(tx, points) if points else {}
    telephones = await queries.telephones(tx, everyone) if needs.zones or dials or search else {}
    zones = await _zones(tx, telephones, needs) if needs.zones else {}
    confirmed: Mapping[UUID, date] | None = None
    if needs.confirmed and any(each.channel is Channel.SMS for each in proposals):
        used = {*named, *(row.id for rows in telephones.values() for row in rows)}
        confirmed = await queries.confirmations(tx, list(used))
    make = _Maker(work, zones, confirmed)
    return Numbers(
        {row.id: make.number(row) for row in named.values()},
        {person: make.numbers(rows) for person, rows in telephones.items()},
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes numbers of rows. `confirmed` None: no law asks; a number nobody confirmed was confirmed long ago."""

    work: Collection[UUID]
    zones: Mapping[UUID, Sequence[str]]
    confirmed: Mapping[UUID, date] | None

    def number(self, row: PointRow) -> Number:
        clocks = self.zones.get(row.id, ())
        return Number(
            row.id,
            row.borrower,
            row.source,
            row.valid,
            zone=clocks[0] if clocks else None,
            confirmed_on=None if self.confirmed is None else self.confirmed.get(row.id, EARLIEST),
            work=row.id in self.work,
        )

    def numbers(self, rows: Sequence[PointRow]) -> list[Number]:
        found: list[Number] = []
        for row in rows:
            number = self.number(row)
            found.append(number)
            if row.valid:
                found += [
                    replace(number, id=f"{row.id}@{zone}", zone=zone)
                    for zone in self.zones.get(row.id, ())[1:]
                ]
        return found


async def _zones(
    tx: TenantTx, telephones: Mapping[BorrowerId, Sequence[PointRow]], needs: Wants
) -> dict[UUID, tuple[str, ...]]:
    """The clocks of working numbers. Those that nobody derived yet are opened once, and kept where that may be."""
    rows = [row for each in telephones.values() for row in each if row.valid]
    known: dict[UUID, tuple[str, ...]] = {row.id: row.zones for row in rows if row.zones is not None}
    fresh = [row.id for row in rows if row.zones is None]
    if fresh:
        opened = await open_points(tx, fresh)
        derived = {point: clocks_of(each.address) for point, each in sorted(opened.items())}
        known |= derived
        if needs.keeps and derived:
            await queries.insert_zones(tx, derived)
    return known


def clocks_of(number: str) -> tuple[str, ...]:
    """The IANA zones that the area code of an E.164 number lies in; none where it tells no place."""
    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    zones = tuple(zone for zone in found if is_zone(zone))
    return zones if len(zones) <= MOST_ZONES else ()
