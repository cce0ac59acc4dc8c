"""What publishing asks of a tenant's `contact.toml`: that it can be read, and that no value is looser than the law."""

from collections.abc import Mapping
from typing import Any, Final

from dunwell.contact.settings.packs import pack_named
from dunwell.contact.settings.tenant import ContactSettings, refusals
from dunwell.kernel.errors import Fault
from dunwell.tenancy.files import model_check

FILE: Final = "contact.toml"


def contact_faults(files: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """Faults of the merged files, each `contact.toml:key`; the pack is the one that `tenant.toml` names.

    A value must fit the law of every day the pack knows: a version stays in force while the law changes.
    """
    name = str(files.get("tenant", {}).get("pack", ""))
    pack = pack_named(name)
    if pack is None:
        return [Fault("tenant.toml:pack", "no such rule pack", "without one no contact is ever allowed")]
    faults = list(model_check("contact", ContactSettings)(files))
    if faults:
        return faults
    settings = ContactSettings.model_validate(dict(files.get("contact", {})))
    return [
        Fault(f"{FILE}:{fault.field}", fault.problem, fault.remedy)
        for fault in refusals(pack, settings, pack.changes()[0])
    ]
