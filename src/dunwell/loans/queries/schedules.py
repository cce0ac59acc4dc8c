"""What belongs to a loan and changes with its terms: obligors, instalments, earlier terms."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.loans.model import Due, GivenUp, Instalment, Paid
from dunwell.loans.queries.arrays import columns
from dunwell.storage.tenant import TenantTx


class ObligorRow(NamedTuple):
    """An obligor as it is written, in the order of the columns."""

    loan_id: LoanId
    borrower_id: BorrowerId
    role: str
    limit_amount: int | None = None
    liable_until: date | None = None


async def insert_obligors(tx: TenantTx, rows: Sequence[ObligorRow]) -> None:
    await tx.copy_in("obligors", ObligorRow._fields, rows)


DELETE_OBLIGORS: Final = "DELETE FROM obligors WHERE loan_id = ANY($1::uuid[])"


async def delete_obligors(tx: TenantTx, loans: Sequence[LoanId]) -> None:
    await tx.execute(DELETE_OBLIGORS, loans)


INSTALMENT_COLUMNS: Final = (
    "loan_id", "number", "due_on", "principal", "interest", "costs", "fees", "penalties",
    "principal_paid", "interest_paid", "costs_paid", "settled_on", "fees_paid", "penalties_paid",
    "principal_waived", "interest_waived", "costs_waived", "fees_waived", "penalties_waived",
)  # fmt: skip


async def insert_instalments(tx: TenantTx, rows: Sequence[tuple[LoanId, Instalment]]) -> None:
    await tx.copy_in(
        "instalments",
        INSTALMENT_COLUMNS,
        [(loan, *due, *paid, *waived) for loan, (due, paid, waived) in rows],
    )


DELETE_INSTALMENTS: Final = "DELETE FROM instalments WHERE loan_id = ANY($1::uuid[])"


async def delete_instalments(tx: TenantTx, loans: Sequence[LoanId]) -> None:
    await tx.execute(DELETE_INSTALMENTS, loans)


UPDATE_INSTALMENTS: Final = """
UPDATE instalments
   SET principal_paid = given.principal_paid, interest_paid = given.interest_paid, costs_paid = given.costs_paid,
       settled_on = given.settled_on
  FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::date[])
       AS given (loan_id, number, principal_paid, interest_paid, costs_paid, settled_on)
 WHERE instalments.loan_id = given.loan_id
   AND instalments.number = given.number
"""


async def update_instalments(tx: TenantTx, rows: Sequence[tuple[LoanId, Instalment]]) -> None:
    """Write what is settled of the instalments of plain loans: these have neither charges nor waivers."""
    await tx.execute(
        UPDATE_INSTALMENTS,
        *columns(
            [
                (
                    loan,
                    each.due.number,
                    each.paid.principal,
                    each.paid.interest,
                    each.paid.costs,
                    each.paid.settled_on,
                )
                for loan, each in rows
            ]
        ),
    )


INSTALMENTS: Final = """
SELECT loan_id, number, due_on, principal, interest, costs, fees, penalties, principal_paid, interest_paid, costs_paid,
       settled_on, fees_paid, penalties_paid, principal_waived, interest_waived, costs_waived, fees_waived,
       penalties_waived
  FROM instalments
 WHERE loan_id = ANY($1::uuid[])
 ORDER BY loan_id, number
"""


async def instalments(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, list[Instalment]]:
    """All instalments of the loans, by number."""
    found: dict[LoanId, list[Instalment]] = {loan: [] for loan in loans}
    for row in await tx.rows(INSTALMENTS, loans):
        values = tuple(row)
        due, paid, waived = Due(*values[1:8]), Paid(*values[8:14]), GivenUp(*values[14:])
        found[row["loan_id"]].append(Instalment(due, paid, waived))
    return found


KEEP_TERMS: Final = """
INSERT INTO loan_terms (loan_id, version, terms, replaced_at)
SELECT loan_id, version, terms, $4
  FROM unnest($1::uuid[], $2::integer[], $3::jsonb[]) AS given (loan_id, version, terms)
"""


async def keep_terms(tx: TenantTx, rows: Sequence[tuple[LoanId, int, Mapping[str, Any]]]) -> None:
    """Keep terms that are about to be replaced."""
    await tx.execute(KEEP_TERMS, *columns(rows), tx.now)
