"""What is known of an applicant, sealed under the borrower's own key: erasing the borrower makes it unreadable."""

import hmac
import json
from collections.abc import Mapping
from typing import Final

from dunwell.applications import queries
from dunwell.applications.model import ApplicantUnfit, ApplicationId, Apply
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx

_ENCODER: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


async def seal_facts(
    tx: TenantTx, application: ApplicationId, borrower: BorrowerId, facts: Mapping[str, str]
) -> bytes:
    """Raises `ApplicantUnfit` for an erased borrower."""
    return tx.keys.seal(await _key(tx, borrower), _ENCODER.encode(dict(facts)).encode(), _place(application))


async def open_facts(
    tx: TenantTx, application: ApplicationId, borrower: BorrowerId, sealed: bytes
) -> dict[str, str]:
    """Raises `ApplicantUnfit` for an erased borrower."""
    told: dict[str, str] = json.loads(tx.keys.open(await _key(tx, borrower), sealed, _place(application)))
    return told


async def digest(tx: TenantTx, borrower: BorrowerId, command: Apply) -> bytes:
    """A keyed hash of everything an application says, by which the same again is recognised.

    The key is made of the borrower's own: once that is gone nobody can test a guess. Raises `ApplicantUnfit`.
    """
    who = command.applicant
    said = [
        command.product,
        [command.amount.minor, command.amount.currency, command.count],
        dict(command.facts),
        [who.reference, who.kind, who.name, who.id_number, who.phones, who.emails, who.address],
        [who.zone, who.country, who.language],
    ]
    key = tx.keys.hmac("applications.digest", await _key(tx, borrower))
    return hmac.digest(key, _ENCODER.encode(said).encode(), "sha256")


async def _key(tx: TenantTx, borrower: BorrowerId) -> bytes:
    wrapped = await queries.wrapped_key(tx, borrower)
    if wrapped is None:
        raise ApplicantUnfit("the borrower's data was erased")
    return tx.keys.unwrap(wrapped)


def _place(application: ApplicationId) -> str:
    return f"applications.sealed|{application}"
