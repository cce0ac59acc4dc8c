"""A tenant's policy on a day: the pack's values in force, narrowed by the tenant's own."""

from bisect import bisect_right
from datetime import date
from functools import cache, lru_cache
from typing import Any

from dunwell.contact.model import Policy
from dunwell.contact.settings.lexicon import lexicon
from dunwell.contact.settings.packs import Pack, pack_named
from dunwell.contact.settings.parameters import PARAMETERS, REQUIRED
from dunwell.contact.settings.tenant import ContactSettings


def policy_for(pack_name: str, settings: ContactSettings, policy_version: int, day: date) -> Policy | None:
    """The policy in force on `day`; None when there is no such pack, or it has no law for that day."""
    changes = _changes(pack_name)
    position = bisect_right(changes, day)
    if not position:
        return None
    return _policy(pack_name, settings, policy_version, changes[position - 1])


@cache
def _changes(pack_name: str) -> tuple[date, ...]:
    """The days on which the pack's law changes; none where there is no such pack."""
    pack = pack_named(pack_name)
    return pack.changes() if pack else ()


@lru_cache(maxsize=1024)
def _policy(pack_name: str, settings: ContactSettings, policy_version: int, since: date) -> Policy | None:
    pack = pack_named(pack_name)
    return None if pack is None else compile_policy(pack, settings, policy_version, since)


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
