"""Whose data, on whose behalf: the one value that travels from the edge to the last query."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid4


class ActorKind(StrEnum):
    STAFF = "staff"
    SYSTEM = "system"
    OPERATOR = "operator"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` is a pseudonymous label (a token's or job's name), never personal data."""

    kind: ActorKind
    name: str
    scopes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One lending platform, as the control plane knows it.

    `schema` and `role` come from the control plane, never from a request. `zone` is the IANA zone
    of the tenant's business dates. Only a `sandbox` tenant may have a test clock. `wrapped_key` is
    the tenant's key bundle, wrapped under the master key.
    """

    id: UUID
    slug: str
    name: str
    cell: str
    schema: str
    role: str
    zone: str
    locale: str
    pack: str
    host: str
    wrapped_key: bytes = field(repr=False)
    sandbox: bool = False
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """A tenant, an actor, and the correlation id that ties log lines and audit events together.

    There is no clock here: the transaction tells the time (`TenantTx.now`), which is the
    database's, moved by the test clock of a sandbox tenant.
    """

    tenant: Tenant
    actor: Actor
    correlation: UUID = field(default_factory=uuid4)
