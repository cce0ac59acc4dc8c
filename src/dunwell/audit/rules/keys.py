"""Ed25519 public keys as strangers meet them: SPKI (RFC 8410) as PEM or base64, and fingerprints."""

import base64
import binascii
import re
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dunwell.audit.model import Malformed

RAW: Final = 32
SPKI_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
PEM: Final = re.compile(
    r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----", re.ASCII
)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return key.public_key().public_bytes_raw()


def spki(public: bytes) -> bytes:
    """The key as `openssl pkey -pubin -inform DER` reads it: 44 bytes."""
    return SPKI_PREFIX + public


def pem(public: bytes) -> str:
    """The key as a PEM file."""
    return (
        f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(spki(public)).decode()}\n-----END PUBLIC KEY-----\n"
    )


def fingerprint(public: bytes) -> str:
    """SHA-256 of the SPKI bytes, as 64 hexadecimal digits."""
    return sha256(spki(public)).hexdigest()


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signed note names an Ed25519 key (C2SP signed-note)."""
    return sha256(name.encode() + b"\x0a\x01" + public).digest()[:4]


def signature_holds(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the Ed25519 signature over `text` is of this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_key(text: str) -> bytes:
    """The 32 bytes of a key given as PEM, or as base64 of its SPKI or raw form. Raises `Malformed`."""
    match = PEM.search(text)
    compact = "".join((match[1] if match else text).split())
    data = strict_base64(compact)
    if len(data) == len(SPKI_PREFIX) + RAW and data.startswith(SPKI_PREFIX):
        return data[len(SPKI_PREFIX) :]
    if len(data) == RAW and match is None:
        return data
    raise Malformed("not an Ed25519 public key (PEM, or base64 of 44 or 32 bytes)")


def strict_base64(text: str) -> bytes:
    """Decode the one standard encoding: no other alphabet, no blanks, no stray bits in the padding."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("not the canonical base64 of its bytes")
    return data
