"""A job's caller: the tenant by its slug, the system as actor, named after the job."""

from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.tenancy.opening import Register


async def caller_of(register: Register, slug: str, job: str) -> Caller:
    """Raises `TenantUnknown`: then the tenant is gone, and so is its work."""
    return Caller(await register.by_slug(slug), Actor(ActorKind.SYSTEM, job))
