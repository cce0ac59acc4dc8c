"""What the areas ask of a tenant's files, in one list: `dunwell tenant check` and `publish` go through here."""

from collections.abc import Sequence
from importlib.resources.abc import Traversable
from typing import Final

from dunwell.applications import settings as applications
from dunwell.channels import settings as channels
from dunwell.contact.settings.checking import contact_faults
from dunwell.intake.profile_files import check_profiles
from dunwell.kernel.errors import Fault
from dunwell.loans.settings import LoansFile
from dunwell.statements.profile_files import check_profiles as check_statement_profiles
from dunwell.statements.tenant_file import StatementsFile
from dunwell.strategy import settings as strategy
from dunwell.tenancy.files import Check, Proposal, check, model_check, read
from dunwell.tenancy.model import Files, WrongFiles
from dunwell.tenancy.settings import BrandingFile, TenantFile

CHECKS: Final[Sequence[Check]] = (
    model_check("tenant", TenantFile),
    model_check("branding", BrandingFile),
    model_check("loans", LoansFile),
    applications.check_files,
    contact_faults,
    channels.check_files,
    check_profiles,
    model_check("statements", StatementsFile),
    check_statement_profiles,
    strategy.check_files,
)


def proposal(slug: str, folder: Traversable | None = None) -> tuple[Proposal, list[Fault]]:
    """A tenant's files and everything that is wrong with them."""
    proposed = read(slug, folder)
    return proposed, check(proposed, CHECKS)


def faults_of(slug: str, files: Files) -> list[Fault]:
    """Everything that is wrong with files that come from no folder."""
    return check(Proposal(slug, files, {}, ()), CHECKS)


def checked(slug: str, folder: Traversable | None = None) -> Files:
    """The files, ready to be published. Raises `WrongFiles` with file, line and remedy of each fault."""
    proposed, faults = proposal(slug, folder)
    if faults:
        raise WrongFiles("; ".join(str(fault) for fault in faults), faults=faults)
    return proposed.files
