"""Entries as they come in: each kept once, however many files tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from dunwell.statements.kept import AccountId, StatementFileId
from dunwell.statements.queries.arrays import texts
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry (or its part) as it is kept; personal data sealed."""

    id: UUID
    statement: object
    scheme: str
    key: bytes
    occurrence: int
    part: int
    place: int
    line: int
    booked_on: date | None
    value_on: date | None
    minor: int
    currency: str
    direction: str
    state: str
    kind: str
    takes_back: bool
    refund_of: str
    references: list[list[str]]
    links: list[str]
    counterparty: bytes | None
    text: bytes | None
    name_blind: bytes | None
    account_blind: bytes | None
    masked_name: str
    masked_account: str
    disposition: str
    reason: str


# An entry that is here whole is not added in parts, and the reverse. The account is held by the caller.
INSERT_ENTRIES: Final = """
INSERT INTO statement_entries AS kept
       (id, account_id, statement_id, file_id, scheme, key, occurrence, part, place, line, booked_on, value_on, amount,
        currency, direction, state, kind, takes_back, refund_of, reference_list, links, counterparty, text, name_blind,
        account_blind, masked_name, masked_account, disposition, reason, created_at)
SELECT id, $1, statement_id, $2, scheme, key, occurrence, part, place, line, booked_on, value_on, amount,
       currency, direction, state, kind, takes_back, refund_of, reference_list::jsonb,
       ARRAY(SELECT jsonb_array_elements_text(links::jsonb)), counterparty, text, name_blind,
       account_blind, masked_name, masked_account, disposition, reason, $3
  FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::bytea[], $8::integer[], $9::integer[], $10::bigint[],
              $11::bigint[], $12::date[], $13::date[], $14::bigint[], $15::text[], $16::text[], $17::text[],
              $18::text[], $19::boolean[], $20::text[], $21::text[], $22::text[], $23::bytea[], $24::bytea[],
              $25::bytea[], $26::bytea[], $27::text[], $28::text[], $29::text[], $30::text[])
       AS given (id, statement_id, scheme, key, occurrence, part, place, line, booked_on, value_on, amount, currency,
                 direction, state, kind, takes_back, refund_of, reference_list, links, counterparty, text,
                 name_blind, account_blind, masked_name, masked_account, disposition, reason)
 WHERE NOT EXISTS (SELECT FROM statement_entries AS other
                    WHERE other.account_id = $1 AND other.scheme = given.scheme AND other.key = given.key)
    ON CONFLICT ON CONSTRAINT statement_entries_once DO NOTHING
"""


async def insert_entries(
    tx: TenantTx, account: AccountId, file: StatementFileId, new: Sequence[NewEntry]
) -> int:
    """Keep what is not here yet; how many rows that were."""
    columns: list[list[object]] = [
        [each.id for each in new],
        [each.statement for each in new],
        [each.scheme for each in new],
        [each.key for each in new],
        [each.occurrence for each in new],
        [each.part for each in new],
        [each.place for each in new],
        [each.line for each in new],
        [each.booked_on for each in new],
        [each.value_on for each in new],
        [each.minor for each in new],
        [each.currency for each in new],
        [each.direction for each in new],
        [each.state for each in new],
        [each.kind for each in new],
        [each.takes_back for each in new],
        [each.refund_of for each in new],
        [texts(each.references) for each in new],
        [texts(each.links) for each in new],
        [each.counterparty for each in new],
        [each.text for each in new],
        [each.name_blind for each in new],
        [each.account_blind for each in new],
        [each.masked_name for each in new],
        [each.masked_account for each in new],
        [each.disposition for each in new],
        [each.reason for each in new],
    ]
    return await tx.execute(INSERT_ENTRIES, account, file, tx.now, *columns)
