"""The packs of the gate: which parameters they may set, which of them a lender may tighten, and what is shipped."""

from functools import cache
from typing import Final

from dunwell.contact.settings.parameters import PARAMETERS, REQUIRED
from dunwell.kernel.calendar import is_zone
from dunwell.packs import Entry, Form, Pack, PackUnknown, shipped
from dunwell.packs import read_pack as read_any_pack

__all__ = ["FOLDER", "FORM", "Entry", "Pack", "pack_named", "read_pack"]

FOLDER: Final = "dunwell.contact.packs"


def _zone(value: object) -> object:
    zone = PARAMETERS["legal_zone"].read(value)
    if not is_zone(str(zone)):
        raise ValueError("no such time zone")
    return zone


FORM: Final = Form(
    readers={name: spec.read for name, spec in PARAMETERS.items()} | {"legal_zone": _zone},
    looser={name: spec.looser for name, spec in PARAMETERS.items()},
    required=frozenset(name for name, spec in PARAMETERS.items() if spec.absent is REQUIRED),
    by_country=True,
)


@cache
def pack_named(name: str) -> Pack | None:
    """The pack shipped under this name; None if there is none, and then nothing may be allowed."""
    try:
        return shipped(FOLDER, name, FORM)
    except PackUnknown:
        return None


def read_pack(text: str, file: str) -> Pack:
    """Read and check a pack of the gate. Raises `PackUnsound` with every fault, by file, line and rule."""
    return read_any_pack(text, file, FORM)
