"""The tenant's `applications.toml`: as in force, and as it was when something was decided."""

from dataclasses import dataclass

from dunwell.applications import queries
from dunwell.applications.model import ApplicationInvalid, Product, Scorecard
from dunwell.applications.settings import FILE, ApplicationsFile
from dunwell.kernel.errors import Broken, Fault
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import published


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One version of the file."""

    version: int
    file: ApplicationsFile

    def product(self, name: str) -> Product:
        """Raises `ApplicationInvalid` for what is not offered."""
        found = self.file.product(name)
        if found is None:
            fault = Fault("product", "is not offered", "name a product of applications.toml")
            raise ApplicationInvalid("no such product", faults=[fault])
        return found

    def scorecard(self, product: Product) -> Scorecard:
        """The scorecard a product is judged by."""
        found = self.file.scorecard(product.scorecard)
        if found is None:
            raise Broken(f"a product was published without its scorecard {product.scorecard!r}")
        return found


async def rulebook(tx: TenantTx) -> Rulebook:
    """The rules in force at `tx.now`."""
    found = await published(tx, FILE, ApplicationsFile)
    return Rulebook(found.version, found.value)


async def rulebook_of(tx: TenantTx, version: int) -> Rulebook:
    """The rules of an earlier version: publications are never edited."""
    file = await queries.file_of_version(tx, version)
    return Rulebook(version, ApplicationsFile.model_validate(file or {}))


async def products(tx: TenantTx, _: None) -> list[Product]:
    """What is offered now."""
    return [table.product() for table in (await rulebook(tx)).file.products]
