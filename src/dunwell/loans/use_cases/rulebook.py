"""The tenant's published rules of loans, as values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from dunwell.loans.model import Bucket, Convention, Waterfall
from dunwell.loans.rules import counting_day
from dunwell.loans.settings import LoansFile
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import published


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One version of `loans.toml`."""

    version: int
    waterfall: Waterfall
    buckets: tuple[Bucket, ...]
    file: LoansFile

    def convention(self, currency: str) -> Convention:
        return self.file.convention(currency)

    def conventions(self, currencies: Iterable[str]) -> dict[str, Convention]:
        """Of each currency; a batch has many loans and few of them."""
        return {currency: self.convention(currency) for currency in set(currencies)}


async def rulebook(tx: TenantTx) -> Rulebook:
    """The rules in force at `tx.now`."""
    found = await published(tx, "loans", LoansFile)
    file = found.value
    return Rulebook(found.version, file.waterfall_order(), file.bucket_list(), file)


def counted_on(tx: TenantTx, rules: Rulebook) -> date:
    """The day up to which being late is counted now: today, or yesterday before the tenant's cut-off."""
    local = tx.now.astimezone(ZoneInfo(tx.caller.tenant.zone))
    return counting_day(local, rules.file.days_past_due.cut_off)
