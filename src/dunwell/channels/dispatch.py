"""The providers of a process, with secrets from its settings and the sandbox in its database."""

from dunwell import settings
from dunwell.channels.model import SecretMissing
from dunwell.channels.providers.accounts import Accounts
from dunwell.channels.sending import TenantSandbox
from dunwell.storage.tenant import Database


class ProviderPool(Accounts):
    """Finds or makes the provider of any tenant's channel; close it when the process ends."""

    def __init__(self, database: Database) -> None:
        super().__init__(_secret, lambda caller: TenantSandbox(database, caller))


def _secret(reference: str) -> str:
    try:
        return settings.secret(reference)
    except settings.WrongSettings as error:
        raise SecretMissing(f"{reference} is not there for this process") from error
