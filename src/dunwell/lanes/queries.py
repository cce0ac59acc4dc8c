"""SQL of the lanes: which of a tenant's lanes have due work, and the schedule of the house."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import TenantTx

# A look at the head of an index each; nothing is counted.
DUE_LANES: Final = """
SELECT lane
  FROM unnest(ARRAY['facts', 'bulk']) AS given (lane)
 WHERE EXISTS (SELECT FROM work_items
                WHERE work_items.state = 'ready' AND work_items.lane = given.lane AND work_items.due_at <= $1)
 UNION ALL
SELECT 'messages'
 WHERE EXISTS (SELECT FROM unnest(ARRAY['sms', 'email']) AS given (channel)
                WHERE EXISTS (SELECT FROM messages
                               WHERE messages.state IN ('planned', 'held')
                                 AND messages.channel = given.channel AND messages.due_at <= $1))
"""


async def due_lanes(tx: TenantTx) -> list[str]:
    """The lanes of this tenant in which something is due now (tenant time)."""
    return [row["lane"] for row in await tx.rows(DUE_LANES, tx.now)]


@dataclass(frozen=True, slots=True)
class Run:
    """A schedule row that is due and leased by us."""

    tenant_id: UUID
    slug: str
    name: str
    token: int
    failures: int


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a run; `wait` until the next. An `error` counts as a failure."""

    run: Run
    wait: timedelta
    error: str | None = None


ENSURE: Final = """
INSERT INTO schedules (tenant_id, name, next_run_at)
SELECT tenants.id, given.name, $2
  FROM tenants
 CROSS JOIN unnest($1::text[]) AS given (name)
 WHERE tenants.state = 'active'
    ON CONFLICT ON CONSTRAINT schedules_pkey DO NOTHING
"""


async def ensure_schedules(tx: ControlTx, names: Sequence[str]) -> None:
    """Every active tenant has a row for each recurring run."""
    await tx.execute(ENSURE, list(names), tx.now)


CLAIM_RUNS: Final = """
  WITH due AS (SELECT schedules.tenant_id, schedules.name, tenants.slug
                 FROM schedules
                 JOIN tenants ON tenants.id = schedules.tenant_id
                WHERE schedules.next_run_at <= $1 AND tenants.state = 'active'
                  AND (schedules.lease_until IS NULL OR schedules.lease_until < $1)
                ORDER BY schedules.next_run_at
                LIMIT $2
                  FOR UPDATE OF schedules SKIP LOCKED)
UPDATE schedules
   SET lease_until = $1 + $3::interval, lease_token = lease_token + 1
  FROM due
 WHERE schedules.tenant_id = due.tenant_id AND schedules.name = due.name
RETURNING schedules.tenant_id, due.slug, schedules.name, schedules.lease_token, schedules.failures
"""


async def claim_runs(tx: ControlTx, most: int, lease: timedelta) -> list[Run]:
    """Lease due runs. What fell due while nobody ran is due once now: that is the catch-up."""
    rows = await tx.rows(CLAIM_RUNS, tx.now, most, lease)
    return [
        Run(row["tenant_id"], row["slug"], row["name"], row["lease_token"], row["failures"]) for row in rows
    ]


END_RUNS: Final = """
UPDATE schedules
   SET next_run_at = $5::timestamptz + ended.wait, last_run_at = $5, lease_until = NULL,
       last_error = ended.error,
       failures = CASE WHEN ended.error IS NULL THEN 0 ELSE failures + 1 END
  FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::interval[], $6::text[])
    AS ended (tenant_id, name, token, wait, error)
 WHERE schedules.tenant_id = ended.tenant_id AND schedules.name = ended.name
   AND schedules.lease_token = ended.token
"""


async def end_runs(tx: ControlTx, ended: Sequence[Ended]) -> None:
    """Say when each run is due next; a run whose lease was lost is somebody else's."""
    await tx.execute(
        END_RUNS,
        [each.run.tenant_id for each in ended],
        [each.run.name for each in ended],
        [each.run.token for each in ended],
        [each.wait for each in ended],
        tx.now,
        [each.error for each in ended],
    )
