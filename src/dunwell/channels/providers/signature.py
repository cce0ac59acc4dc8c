"""Signatures over raw bytes in the Standard Webhooks scheme, both ways.

    webhook-id, webhook-timestamp (seconds), webhook-signature: `v1,<base64 HMAC-SHA256(id.timestamp.body)>`

Several signatures may stand in one header, separated by spaces, while a secret is being changed.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from dunwell.channels.model import SignatureForged
from dunwell.kernel.errors import Broken

TOLERANCE_SECONDS: Final = 300
_PREFIX: Final = "whsec_"


class SecretUnusable(Broken):
    """The shared secret is not `whsec_` and base64 of at least 16 bytes."""

    code = "hook.secret"


def key_of(secret: str) -> bytes:
    """The bytes of a shared secret, with or without the `whsec_` in front."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SecretUnusable("a webhook secret is `whsec_` and base64") from None
    if len(key) < 16:
        raise SecretUnusable("a webhook secret has at least 16 bytes")
    return key


def signed(key: bytes, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers for a request of ours."""
    seconds = str(int(at.timestamp()))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{_mac(key, event_id, seconds, body)}",
    }


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, at: datetime) -> str:
    """The event id of a genuine request. Raises `SignatureForged` for everything else.

    `headers` have lower-case names; `at` is the real time, and a stamp more than five minutes off is refused.
    """
    event_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split(" ")
    if not event_id or len(event_id) > 200 or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise SignatureForged("the request is not signed")
    if abs(int(at.timestamp()) - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureForged("the signature is too old, or from the future")
    expected = [f"v1,{_mac(key, event_id, stamp, body)}".encode() for key in keys]
    for one in given[:10]:
        if any(hmac.compare_digest(one.encode(), each) for each in expected):
            return event_id
    raise SignatureForged("the signature does not fit the body")


def _mac(key: bytes, event_id: str, seconds: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(key, f"{event_id}.{seconds}.".encode() + body, "sha256")).decode()
