"""Arrears of all loans in one pass: from the instalments as they are now, back to any day by the ledger.

What was open of an instalment on a day is what is open of it now, less what the ledger booked on it since: no day
has to be written down while it passes. Loans are grouped by since when they were late (nothing, if all that is open
falls due later): the tenant's convention is applied to some hundred groups, by the rules that age a single loan, and
not to a million rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import ArrearsGroup, LoanState, Pause, Place, RollGroup
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class At:
    """The end of a day. `known_at` is its last instant, where only what was booked by then is to be seen."""

    on: date
    known_at: datetime | None = None


# A pass over all loans sorts and hashes more, and takes longer, than a request may.
WIDE: Final = "SELECT set_config('work_mem', '256MB', true), set_config('statement_timeout', '300s', true)"


async def widen(tx: TenantTx) -> None:
    """Give this transaction the room that a pass over all loans takes."""
    await tx.execute(WIDE)


# What the ledger does not tell by instalment: moved due dates, and what stood where before it was written off. A loan
# to which that happened since is lived again instead.
OTHER_TERMS: Final = """
SELECT DISTINCT loan_id
  FROM happenings
 WHERE kind IN ('rescheduled', 'charged_off')
   AND CASE WHEN $2::timestamptz IS NULL THEN value_on > $1 ELSE booked_at >= $2 END
"""


async def other_terms_since(tx: TenantTx, at: At) -> list[LoanId]:
    """The loans whose instalments on that day cannot be told from the ledger alone."""
    return [row["loan_id"] for row in await tx.rows(OTHER_TERMS, at.on, at.known_at)]


# A charged-off loan keeps the bucket of that day: since when it was late then, told by what was booked since. Only the
# lines of such loans are read, by key.
CHARGED_OFF: Final = """
SELECT off.id AS loan_id,
       min(rows.due_on) FILTER (
           WHERE rows.principal + rows.interest + rows.costs + rows.fees + rows.penalties
                 - rows.principal_paid - rows.interest_paid - rows.costs_paid - rows.fees_paid - rows.penalties_paid
                 - rows.principal_waived - rows.interest_waived - rows.costs_waived - rows.fees_waived
                 - rows.penalties_waived - coalesce(later.amount, 0) > coalesce(given.tolerance, 0)) AS since
  FROM loans AS off
  JOIN instalments AS rows ON rows.loan_id = off.id
  LEFT JOIN LATERAL (
       SELECT sum(amount)::bigint AS amount
         FROM postings
        WHERE loan_id = off.id
          AND instalment = rows.number
          AND value_on > off.charged_off_on
          AND account IN ('principal', 'interest', 'costs', 'fees', 'penalties', 'written_off', 'recovered')
          AND kind NOT IN ('reversal', 'undoing')
          AND NOT EXISTS (SELECT FROM payments WHERE reverses = postings.payment_id)
          AND NOT EXISTS (SELECT FROM happenings WHERE undoes = postings.happening_id)) AS later ON true
  LEFT JOIN unnest($2::text[], $3::bigint[]) AS given (currency, tolerance) ON given.currency = off.currency
 WHERE off.charged_off_on <= $1
 GROUP BY off.id
"""


async def charged_off(tx: TenantTx, on: date, tolerances: Mapping[str, int]) -> dict[LoanId, date | None]:
    """Since when each loan charged off by a day was late on the day it was."""
    rows = await tx.rows(CHARGED_OFF, on, list(tolerances), list(tolerances.values()))
    return {row["loan_id"]: row["since"] for row in rows}


# Nothing bears a day later than today: from today on, what is kept of each loan holds, and only what fell due is added
# up. $1 the day, $2 loans to leave out, $3 charged-off loans and $4 since when they were late.
ARREARS_AHEAD: Final = """
SELECT currency, product,
       CASE WHEN state = 'charged_off' AND charged_off_on > $1 THEN 'open' ELSE state END AS state,
       CASE WHEN charged_off_on <= $1 THEN late_at_charge_off ELSE past_due_since END AS since,
       least($1, charged_off_on) AS counted_on, starts, ends, count(*) AS loans,
       sum(outstanding)::bigint AS outstanding, coalesce(sum(overdue), 0)::bigint AS overdue
  FROM (
       SELECT loans.currency, loans.product, loans.state, loans.past_due_since, loans.outstanding,
              CASE WHEN loans.outstanding > 0 THEN loans.charged_off_on END AS charged_off_on, part.overdue,
              stopped.starts, stopped.ends, gone.past_due_since AS late_at_charge_off
         FROM loans
         LEFT JOIN (
              SELECT loan_id,
                     sum(principal + interest + costs + fees + penalties
                         - principal_paid - interest_paid - costs_paid - fees_paid - penalties_paid
                         - principal_waived - interest_waived - costs_waived - fees_waived - penalties_waived)
                         AS overdue
                FROM instalments
               WHERE settled_on IS NULL
                 AND due_on < $1
               GROUP BY loan_id) AS part
           ON part.loan_id = loans.id
         LEFT JOIN (
              SELECT loan_id, array_agg(starts_on ORDER BY starts_on, id) AS starts,
                     array_agg(least(ends_on, lifted_on) ORDER BY starts_on, id) AS ends
                FROM pauses
               GROUP BY loan_id) AS stopped
           ON stopped.loan_id = loans.id
         LEFT JOIN unnest($3::uuid[], $4::date[]) AS gone (loan_id, past_due_since)
           ON gone.loan_id = loans.id
        WHERE loans.disbursed_on <= $1
          AND loans.id <> ALL ($2::uuid[])) AS placed
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

# What is open of a loan is what is kept, less what was booked since; how late it was is told by the instalments that
# had fallen due and were not settled by then. $1 the day, $2 the instant of "known then", $3 currencies and $4 their
# tolerances, $5 loans to leave out, $6 charged-off loans and $7 since when they were late. A payment that was taken
# back, and what took it back, never counted as known now.
ARREARS_BACK: Final = """
WITH later AS MATERIALIZED (
     SELECT loan_id, instalment, sum(amount)::bigint AS amount
       FROM postings
      WHERE instalment IS NOT NULL
        AND account IN ('principal', 'interest', 'costs', 'fees', 'penalties', 'written_off', 'recovered')
        AND CASE WHEN $2::timestamptz IS NULL THEN value_on > $1 ELSE booked_at >= $2 END
        AND ($2::timestamptz IS NOT NULL
             OR (kind NOT IN ('reversal', 'undoing')
                 AND coalesce(payment_id NOT IN (SELECT reverses FROM payments WHERE reverses IS NOT NULL), true)
                 AND coalesce(happening_id NOT IN (SELECT undoes FROM happenings WHERE undoes IS NOT NULL), true)))
      GROUP BY loan_id, instalment),
moved AS (
     SELECT loan_id, sum(amount)::bigint AS amount
       FROM later
      GROUP BY loan_id),
due AS (
     SELECT loan_id, coalesce(sum(open) FILTER (WHERE due_on < $1), 0)::bigint AS overdue,
            min(due_on) FILTER (WHERE open > tolerance) AS since
       FROM (
            SELECT rows.loan_id, rows.due_on, coalesce(small.tolerance, 0) AS tolerance,
                   rows.principal + rows.interest + rows.costs + rows.fees + rows.penalties
                   - rows.principal_paid - rows.interest_paid - rows.costs_paid - rows.fees_paid
                   - rows.penalties_paid - rows.principal_waived - rows.interest_waived - rows.costs_waived
                   - rows.fees_waived - rows.penalties_waived
                   - coalesce(later.amount, 0) AS open
              FROM instalments AS rows
              LEFT JOIN later ON later.loan_id = rows.loan_id AND later.instalment = rows.number
              LEFT JOIN (SELECT loans.id, given.tolerance
                           FROM loans
                           JOIN unnest($3::text[], $4::bigint[]) AS given (currency, tolerance)
                             ON given.currency = loans.currency) AS small
                ON small.id = rows.loan_id
             WHERE rows.due_on <= $1
               AND (rows.settled_on IS NULL OR rows.settled_on > $1 OR $2::timestamptz IS NOT NULL)) AS parts
      GROUP BY loan_id),
stopped AS (
     SELECT loan_id, array_agg(starts_on ORDER BY starts_on, id) AS starts,
            array_agg(CASE WHEN $2::timestamptz IS NULL OR lifted_at < $2 THEN least(ends_on, lifted_on)
                           ELSE ends_on END ORDER BY starts_on, id) AS ends
       FROM pauses
      WHERE $2::timestamptz IS NULL OR placed_at < $2
      GROUP BY loan_id)
SELECT currency, product,
       CASE WHEN outstanding = 0 AND closed THEN 'closed'
            WHEN outstanding = 0 THEN 'settled'
            WHEN charged_off_on <= $1 THEN 'charged_off'
            ELSE 'open' END AS state,
       CASE WHEN outstanding = 0 THEN NULL
            WHEN charged_off_on <= $1 THEN late_at_charge_off ELSE since END AS since,
       CASE WHEN outstanding = 0 THEN $1 ELSE least($1, charged_off_on) END AS counted_on,
       starts, ends, count(*) AS loans, sum(outstanding)::bigint AS outstanding, sum(overdue)::bigint AS overdue
  FROM (
       SELECT loans.currency, loans.product, loans.charged_off_on,
              loans.state = 'closed' AND CASE WHEN $2::timestamptz IS NULL THEN loans.last_happened_on <= $1
                                              ELSE loans.updated_at < $2 END AS closed,
              stopped.starts, stopped.ends, gone.past_due_since AS late_at_charge_off, due.since,
              loans.outstanding - coalesce(moved.amount, 0) AS outstanding, coalesce(due.overdue, 0) AS overdue
         FROM loans
         LEFT JOIN moved ON moved.loan_id = loans.id
         LEFT JOIN due ON due.loan_id = loans.id
         LEFT JOIN stopped ON stopped.loan_id = loans.id
         LEFT JOIN unnest($6::uuid[], $7::date[]) AS gone (loan_id, past_due_since) ON gone.loan_id = loans.id
        WHERE CASE WHEN $2::timestamptz IS NULL THEN loans.disbursed_on <= $1 ELSE loans.created_at < $2 END
          AND loans.id <> ALL ($5::uuid[])) AS stood
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


async def arrears(
    tx: TenantTx, at: At, tolerances: Mapping[str, int], without: Sequence[LoanId]
) -> list[ArrearsGroup]:
    """All loans but some at the end of a day, grouped by what their bucket follows from."""
    gone = await charged_off(tx, at.on, tolerances)
    off = list(gone), list(gone.values())
    if at.known_at is None and at.on >= tx.today:
        rows = await tx.rows(ARREARS_AHEAD, at.on, without, *off)
    else:
        small = list(tolerances), list(tolerances.values())
        rows = await tx.rows(ARREARS_BACK, at.on, at.known_at, *small, without, *off)
    return [
        ArrearsGroup(
            currency=row["currency"],
            product=row["product"],
            state=LoanState(row["state"]),
            since=row["since"],
            counted_on=row["counted_on"],
            pauses=_pauses(row["starts"], row["ends"]),
            count=row["loans"],
            outstanding=row["outstanding"],
            overdue=row["overdue"],
        )
        for row in rows
    ]


# The same pass with two days: $1 and $2 the first day and its instant, $3 and $4 the second, $5 and $6 tolerances,
# $7 loans to leave out, $8 and $9 charged-off ones.
ROLLS: Final = """
WITH later AS MATERIALIZED (
     SELECT loan_id, instalment, sum(amount)::bigint AS amount_before,
            coalesce(sum(amount) FILTER (WHERE CASE WHEN $4::timestamptz IS NULL THEN value_on > $3
                                                    ELSE booked_at >= $4 END), 0)::bigint AS amount
       FROM postings
      WHERE instalment IS NOT NULL
        AND account IN ('principal', 'interest', 'costs', 'fees', 'penalties', 'written_off', 'recovered')
        AND CASE WHEN $2::timestamptz IS NULL THEN value_on > $1 ELSE booked_at >= $2 END
        AND ($2::timestamptz IS NOT NULL
             OR (kind NOT IN ('reversal', 'undoing')
                 AND coalesce(payment_id NOT IN (SELECT reverses FROM payments WHERE reverses IS NOT NULL), true)
                 AND coalesce(happening_id NOT IN (SELECT undoes FROM happenings WHERE undoes IS NOT NULL), true)))
      GROUP BY loan_id, instalment),
moved AS (
     SELECT loan_id, sum(amount)::bigint AS amount, sum(amount_before)::bigint AS amount_before
       FROM later
      GROUP BY loan_id),
due AS (
     SELECT loan_id, min(due_on) FILTER (WHERE open - coalesce(amount, 0) > tolerance) AS since,
            min(due_on) FILTER (WHERE open - coalesce(amount_before, 0) > tolerance AND due_on <= $1) AS since_before
       FROM (
            SELECT rows.loan_id, rows.due_on, coalesce(small.tolerance, 0) AS tolerance, later.amount,
                   later.amount_before,
                   rows.principal + rows.interest + rows.costs + rows.fees + rows.penalties
                   - rows.principal_paid - rows.interest_paid - rows.costs_paid - rows.fees_paid
                   - rows.penalties_paid - rows.principal_waived - rows.interest_waived - rows.costs_waived
                   - rows.fees_waived - rows.penalties_waived AS open
              FROM instalments AS rows
              LEFT JOIN later ON later.loan_id = rows.loan_id AND later.instalment = rows.number
              LEFT JOIN (SELECT loans.id, given.tolerance
                           FROM loans
                           JOIN unnest($5::text[], $6::bigint[]) AS given (currency, tolerance)
                             ON given.currency = loans.currency) AS small
                ON small.id = rows.loan_id
             WHERE rows.due_on <= $3
               AND (rows.settled_on IS NULL OR rows.settled_on > $1 OR $2::timestamptz IS NOT NULL)) AS parts
      GROUP BY loan_id),
stopped AS (
     SELECT loan_id,
            array_agg(starts_on ORDER BY starts_on, id)
                FILTER (WHERE $2::timestamptz IS NULL OR placed_at < $2) AS starts_before,
            array_agg(CASE WHEN $2::timestamptz IS NULL OR lifted_at < $2 THEN least(ends_on, lifted_on)
                           ELSE ends_on END ORDER BY starts_on, id)
                FILTER (WHERE $2::timestamptz IS NULL OR placed_at < $2) AS ends_before,
            array_agg(starts_on ORDER BY starts_on, id) AS starts,
            array_agg(CASE WHEN $4::timestamptz IS NULL OR lifted_at < $4 THEN least(ends_on, lifted_on)
                           ELSE ends_on END ORDER BY starts_on, id) AS ends
       FROM pauses
      WHERE $4::timestamptz IS NULL OR placed_at < $4
      GROUP BY loan_id)
SELECT currency,
       CASE WHEN NOT there THEN NULL
            WHEN outstanding_before = 0 AND closed_before THEN 'closed'
            WHEN outstanding_before = 0 THEN 'settled'
            WHEN charged_off_on <= $1 THEN 'charged_off'
            ELSE 'open' END AS was,
       CASE WHEN outstanding_before = 0 OR NOT there THEN NULL
            WHEN charged_off_on <= $1 THEN late_at_charge_off ELSE since_before END AS since_before,
       CASE WHEN NOT there THEN NULL
            WHEN outstanding_before = 0 THEN $1 ELSE least($1, charged_off_on) END AS counted_before,
       CASE WHEN outstanding = 0 AND closed THEN 'closed'
            WHEN outstanding = 0 THEN 'settled'
            WHEN charged_off_on <= $3 THEN 'charged_off'
            ELSE 'open' END AS state,
       CASE WHEN outstanding = 0 THEN NULL
            WHEN charged_off_on <= $3 THEN late_at_charge_off ELSE since END AS since,
       CASE WHEN outstanding = 0 THEN $3 ELSE least($3, charged_off_on) END AS counted_on,
       starts_before, ends_before, starts, ends, count(*) AS loans,
       coalesce(sum(outstanding_before) FILTER (WHERE there), 0)::bigint AS outstanding_before,
       sum(outstanding)::bigint AS outstanding
  FROM (
       SELECT loans.currency, loans.charged_off_on,
              CASE WHEN $2::timestamptz IS NULL THEN loans.disbursed_on <= $1 ELSE loans.created_at < $2 END AS there,
              loans.state = 'closed' AND CASE WHEN $2::timestamptz IS NULL THEN loans.last_happened_on <= $1
                                              ELSE loans.updated_at < $2 END AS closed_before,
              loans.state = 'closed' AND CASE WHEN $4::timestamptz IS NULL THEN loans.last_happened_on <= $3
                                              ELSE loans.updated_at < $4 END AS closed,
              stopped.starts_before, stopped.ends_before, stopped.starts, stopped.ends,
              gone.past_due_since AS late_at_charge_off, due.since, due.since_before,
              loans.outstanding - coalesce(moved.amount, 0) AS outstanding,
              loans.outstanding - coalesce(moved.amount_before, 0) AS outstanding_before
         FROM loans
         LEFT JOIN moved ON moved.loan_id = loans.id
         LEFT JOIN due ON due.loan_id = loans.id
         LEFT JOIN stopped ON stopped.loan_id = loans.id
         LEFT JOIN unnest($8::uuid[], $9::date[]) AS gone (loan_id, past_due_since) ON gone.loan_id = loans.id
        WHERE CASE WHEN $4::timestamptz IS NULL THEN loans.disbursed_on <= $3 ELSE loans.created_at < $4 END
          AND loans.id <> ALL ($7::uuid[])) AS stood
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""


async def rolls(
    tx: TenantTx, first: At, second: At, tolerances: Mapping[str, int], without: Sequence[LoanId]
) -> list[RollGroup]:
    """All loans but some that were there on the second day, grouped by where they stood on both."""
    gone = await charged_off(tx, second.on, tolerances)
    rows = await tx.rows(
        ROLLS,
        first.on,
        first.known_at,
        second.on,
        second.known_at,
        list(tolerances),
        list(tolerances.values()),
        without,
        list(gone),
        list(gone.values()),
    )
    return [
        RollGroup(
            currency=row["currency"],
            before=Place(LoanState(row["was"]), row["since_before"], row["counted_before"])
            if row["was"] is not None
            else None,
            after=Place(LoanState(row["state"]), row["since"], row["counted_on"]),
            pauses_before=_pauses(row["starts_before"], row["ends_before"]),
            pauses=_pauses(row["starts"], row["ends"]),
            count=row["loans"],
            outstanding_before=row["outstanding_before"],
            outstanding_after=row["outstanding"],
        )
        for row in rows
    ]


def _pauses(starts: Sequence[date] | None, ends: Sequence[date | None] | None) -> tuple[Pause, ...]:
    return tuple(Pause(*span) for span in zip(starts or (), ends or (), strict=True))
