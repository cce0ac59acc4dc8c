"""Law and the tenant's own values as data: packs, `contact.toml`, the lexicon, and the policy made of them."""

from dunwell.contact.settings.checking import contact_faults
from dunwell.contact.settings.explaining import Meaning, explain, meanings
from dunwell.contact.settings.packs import Entry, Pack, pack_named, read_pack
from dunwell.contact.settings.policies import compile_policy, policy_for
from dunwell.contact.settings.tenant import ContactSettings, Loosened, loosened, refusals

__all__ = [
    "ContactSettings",
    "Entry",
    "Loosened",
    "Meaning",
    "Pack",
    "compile_policy",
    "contact_faults",
    "explain",
    "loosened",
    "meanings",
    "pack_named",
    "policy_for",
    "read_pack",
    "refusals",
]
