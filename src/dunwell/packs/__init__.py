"""Law as data: packs of dated values, each with its class and source, read from the TOML files of an area.

    pack = "cn"
    version = "1"
    countries = ["CN"]                       # only where a pack is chosen by country
    [codes]                                  # reason code → the rules it carries out
    COST_CAP = ["CN-FEE-06"]
    [[parameters.cost_cap_bank_assisted]]
    value = { pct = "24" }
    class = "L"                              # L law, S standard, M from memory, O ours
    source = "S26"
    rules = ["CN-FEE-06"]
    effective_from = 2025-10-01
    tenant = "stricter"                      # only where a lender has a say: fixed, stricter (up to `limit`), free

A change is a new entry with a later `effective_from`, never an edit. What a parameter's value may be, the area
says by a `Form`: its readers turn the TOML value into the area's own, or raise ValueError in words.
"""

from dunwell.packs.model import Entry, Form, Names, Pack, PackUnknown, PackUnsound, Readers
from dunwell.packs.reading import NAMES, read_pack, shipped

__all__ = [
    "NAMES",
    "Entry",
    "Form",
    "Names",
    "Pack",
    "PackUnknown",
    "PackUnsound",
    "Readers",
    "read_pack",
    "shipped",
]
