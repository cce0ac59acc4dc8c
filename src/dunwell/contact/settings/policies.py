"""A tenant's policy on a day: the pack's values in force, narrowed by the tenant's own."""

from bisect import bisect_right
from datetime import date
from functools import lru_cache
from typing import Any

from dunwell.contact.model import Policy
from dunwell.contact.settings.lexicon import lexicon
from dunwell.contact.settings.packs import Pack, pack_named
from dunwell.contact.settings.parameters import PARAMETERS, REQUIRED
from dunwell.contact.settings.tenant import ContactSettings


def policy_for(pack_name: str, settings: ContactSettings, policy_version: int, day: date) -> Policy | None:
    """The policy in force on `day`; None when there is no such pack, or it has no law for that day."""
    pack = pack_named(pack_name)
    if pack is None:
        return None
    changes = pack.changes()
    position = bisect_right(changes, day)
    if not position:
        return None
    return _policy(pack_name, settings.model_dump_json(), policy_version, changes[position - 1])


@lru_cache(maxsize=1024)
def _policy(pack_name: str, settings: str, policy_version: int, since: date) -> Policy | None:
    pack = pack_named(pack_name)
    own = ContactSettings.model_validate_json(settings)
    return None if pack is None else compile_policy(pack, own, policy_version, since)


def compile_policy(pack: Pack, settings: ContactSettings, policy_version: int, day: date) -> Policy | None:
    """None when a parameter that every pack must have is not in force on `day`."""
    own = settings.own_values(pack, day)
    values: dict[str, Any] = {}
    for name, spec in PARAMETERS.items():
        entry = pack.entry(name, day)
        value = own.get(name, entry.value if entry else spec.absent)
        if value is REQUIRED:
            return None
        values[name] = value
    return Policy(
        pack=pack.name,
        pack_version=pack.version,
        policy_version=policy_version,
        countries=pack.countries,
        codes=pack.codes,
        lexicon=lexicon(),
        **values,
    )
