"""Checkpoints and the notes that carry them: C2SP tlog-checkpoint in C2SP signed-note.

    dunwell/6f1c…/1                       origin: one tree of one tenant
    1200                                  tree size
    q8nP…=                                root, base64
    time 2026-11-23T20:00:00+00:00        when it was signed
                                          an empty line ends the signed text
    — dunwell/6f1c…/1 3q2+7w…=            name, base64(4 bytes of key id ‖ 64 bytes of Ed25519)

Reading is strict: what reads back differs in no byte from what would be written.
"""

import base64
import re
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dunwell.audit.model import Checkpoint, Malformed, Note, Signature
from dunwell.audit.rules.keys import key_id, public_bytes, signature_holds, strict_base64

HASH: Final = sha256().digest_size
ID: Final = 4
DASH: Final = "—"
CHECKPOINT: Final = re.compile(
    r"([^\s+]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/=]+)\ntime ([0-9T:.+-]+)\n", re.ASCII
)


def origin_of(tenant: UUID) -> str:
    """The name of a tenant's tree; the number rises when a tree is closed and a new one begun."""
    return f"dunwell/{tenant}/1"


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The text that is signed."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\ntime {checkpoint.at.isoformat()}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """What a checkpoint's text says. Raises `Malformed`."""
    match = CHECKPOINT.fullmatch(text)
    if match is None:
        raise Malformed("not a checkpoint: origin, size, root and time, one per line")
    root = strict_base64(match[3])
    try:
        at = datetime.fromisoformat(match[4])
    except ValueError as error:
        raise Malformed("the checkpoint's time is not a time") from error
    checkpoint = Checkpoint(match[1], int(match[2]), root, at)
    if len(root) != HASH or at.tzinfo is None or checkpoint_text(checkpoint) != text:
        raise Malformed("the checkpoint is not written in its one canonical form")
    return checkpoint


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The signed note over `text`, which ends in a line feed."""
    signed = key_id(name, public_bytes(key)) + key.sign(text.encode())
    return f"{text}\n{DASH} {name} {base64.b64encode(signed).decode()}\n"


def read_note(note: str) -> Note:
    """Split a signed note into text and signatures. Raises `Malformed`."""
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise Malformed("not a signed note: text, an empty line, signature lines")
    return Note(text + "\n", tuple(_read_signature(line) for line in tail[:-1].split("\n")))


def is_signed_by(note: Note, name: str, public: bytes) -> bool:
    """Whether the key of that name signed the note; signatures of others (witnesses) do not disturb."""
    mine = [each for each in note.signatures if (each.name, each.key_id) == (name, key_id(name, public))]
    return any(signature_holds(public, each.value, note.text.encode()) for each in mine)


def _read_signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != DASH or not parts[1]:
        raise Malformed("not a signature line: dash, name, base64")
    signed = strict_base64(parts[2])
    if len(signed) <= ID:
        raise Malformed("a signature line without a signature")
    return Signature(parts[1], signed[:ID], signed[ID:])
