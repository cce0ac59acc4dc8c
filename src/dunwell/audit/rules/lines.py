"""Lines of an export, `dunwell-audit/1`: each is one RFC 8785 object and a line feed.

    header                  whose log, which key, how many events, how to check it, in words
    event, in tree order    seq, leaf hash, the exact body as a JSON string
    checkpoint              stands directly after the last event it covers; the last one covers them all
    trailer                 the number of lines and the SHA-256 of all bytes before it, in a signed note

Every byte is bound: events by the tree and so by the checkpoints, each checkpoint by its signature and place,
and everything, the header's words and the presence of each line too, by the trailer's signed digest.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import rfc8785

from dunwell.audit.model import BODY_LIMIT, Malformed
from dunwell.audit.rules.keys import fingerprint, key_id, read_key, spki
from dunwell.audit.rules.notes import origin_of
from dunwell.audit.rules.tree import leaf_hash

FORMAT: Final = "dunwell-audit/1"
# A body's quotes and control characters are escaped once more inside its line: at most seven bytes for one.
LINE_LIMIT: Final = 8 * BODY_LIMIT
_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
)

HOW: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "Run `dunwell audit verify FILE --key KEY`. Get KEY from the lender on another way than this file.",
        "By hand: the SHA-256 of all lines but the last is in the last line, in a note signed with Ed25519.",
        "leaf = SHA-256(0x00 + body bytes); node = SHA-256(0x01 + left + right); tree as in RFC 9162, 2.1.1.",
        "A checkpoint signs the root of all events before it (C2SP tlog-checkpoint and signed-note).",
        "Bodies hold ids, never names, numbers, addresses or messages.",
    ),
    "zh": (
        "运行 `dunwell audit verify 文件 --key 公钥`。公钥须通过本文件以外的途径向放贷机构索取。",
        "手工核验：除末行外全部内容的 SHA-256 载于末行，并由 Ed25519 签名。",
        "叶 = SHA-256(0x00 + 正文字节)；结点 = SHA-256(0x01 + 左 + 右)；树的结构见 RFC 9162 第 2.1.1 节。",
        "每个检查点对其之前全部事件的树根签名（C2SP tlog-checkpoint 与 signed-note）。",
        "正文只含编号，不含姓名、号码、地址或消息内容。",
    ),
}


@dataclass(frozen=True, slots=True)
class Header:
    """Whose log an export holds: tenant, public key (32 bytes), number of events, instant of exporting."""

    tenant: UUID
    slug: str
    key: bytes
    size: int
    at: datetime

    @property
    def origin(self) -> str:
        return origin_of(self.tenant)


def line(fields: Mapping[str, Any]) -> bytes:
    """One line. For texts, whole numbers and lists and objects of them this is RFC 8785."""
    return _ENCODER.encode(fields).encode() + b"\n"


def header_line(header: Header) -> bytes:
    """The first line."""
    return line(
        {
            "exported_at": header.at.isoformat(),
            "format": FORMAT,
            "how": HOW,
            "key": {
                "algorithm": "Ed25519",
                "id": key_id(header.origin, header.key).hex(),
                "sha256": fingerprint(header.key),
                "spki": base64.b64encode(spki(header.key)).decode(),
            },
            "kind": "header",
            "origin": header.origin,
            "tenant": {"id": str(header.tenant), "slug": header.slug},
            "tree_size": header.size,
        }
    )


def event_line(seq: int, body: bytes) -> bytes:
    """The line of one event. Raises `UnicodeDecodeError` for a body that is not UTF-8."""
    return line({"body": body.decode(), "kind": "event", "leaf": leaf_hash(body).hex(), "seq": seq})


def checkpoint_line(size: int, note: str) -> bytes:
    """The line of one signed checkpoint."""
    return line({"kind": "checkpoint", "note": note, "size": size})


def trailer_text(origin: str, lines: int, digest: str) -> str:
    """What the trailer's note signs. Its first line cannot be the origin of a checkpoint: it has a blank."""
    return f"{FORMAT} file\norigin {origin}\nlines {lines}\nsha256 {digest}\n"


def trailer_line(lines: int, digest: str, note: str) -> bytes:
    """The last line: how many lines come before it, and the SHA-256 of all their bytes."""
    return line({"kind": "trailer", "lines": lines, "note": note, "sha256": digest})


def read_line(raw: bytes) -> dict[str, Any]:
    """The object of one line, line feed included. Raises `Malformed` if it is not canonical."""
    try:
        value: object = json.loads(raw.decode())
        if isinstance(value, dict) and rfc8785.dumps(cast("dict[str, Any]", value)) + b"\n" == raw:
            return cast("dict[str, Any]", value)
    except (ValueError, RecursionError) as error:
        raise Malformed("not a line of JSON in UTF-8") from error
    raise Malformed("not one object in the canonical form of RFC 8785")


def read_header(raw: bytes) -> Header:
    """What the first line says of tenant, key, size and time. Raises `Malformed`.

    Its words are not compared here: they are bound by the trailer's digest.
    """
    fields = read_line(raw)
    try:
        at = datetime.fromisoformat(fields["exported_at"])
        tenant, key = UUID(fields["tenant"]["id"]), read_key(fields["key"]["spki"])
        header = Header(tenant, str(fields["tenant"]["slug"]), key, int(fields["tree_size"]), at)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise Malformed(f"the header lacks something: {type(error).__name__}") from error
    if line({**fields, "how": HOW}) != header_line(header) or header.size < 0:
        raise Malformed("the header contradicts itself or is of another format")
    return header
