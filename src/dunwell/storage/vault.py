"""Personal data at rest: keys of a tenant, sealing under them, and indexes that show nothing.

Three levels of keys. The master key comes from the process settings and never touches a disk of ours.
It wraps one bundle per tenant (`control.tenants.wrapped_key`). The tenant's data key wraps one random
key per borrower, so that forgetting that one row makes everything sealed under it unreadable for ever.

    sealed bytes   0x01 | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag (16)
    bundle         index root (32) | signing seed (32) | data keys, newest first (32 each)

The key id is a fingerprint: it tells a rotated or foreign key from a damaged row before anything is tried.
Associated data is `tenant | place`, so a ciphertext moved to another row, column or tenant does not open.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dunwell.kernel.errors import Broken

VERSION: Final = b"\x01"
KEY: Final = 32
KEY_ID: Final = 4
NONCE: Final = 12
TAG: Final = 16
HEAD: Final = len(VERSION) + KEY_ID
BLIND: Final = 16
# Unwrapped tenant keys live in the memory of a process this long, and no more of them than this.
KEPT_SECONDS: Final = 300.0
KEPT_TENANTS: Final = 512


class MasterKeyInvalid(Broken):
    """The master key of the process is missing or not 32 bytes of base64."""

    code = "vault.master-key"


class WrongKey(Broken):
    """The bytes were sealed under a key that is not here (rotated away, shredded, another tenant's)."""

    code = "vault.wrong-key"


class Damaged(Broken):
    """The bytes are not what was sealed in that place."""

    code = "vault.damaged"


class TenantKeys:
    """What one tenant may do with keys: seal, open, index blindly, sign.

    The keys themselves stay inside; `repr` shows the tenant only.
    """

    __slots__ = ("_ciphers", "_derived", "_newest", "_root", "_seed", "_tenant")

    def __init__(self, tenant: UUID, bundle: bytes) -> None:
        if len(bundle) < 3 * KEY or len(bundle) % KEY:
            raise Damaged(f"the key bundle of tenant {tenant} has {len(bundle)} bytes")
        self._tenant = tenant
        self._root = bundle[:KEY]
        self._seed = bundle[KEY : 2 * KEY]
        data_keys = [bundle[at : at + KEY] for at in range(2 * KEY, len(bundle), KEY)]
        self._newest = _key_id(data_keys[0])
        self._ciphers = {_key_id(key): AESGCM(key) for key in data_keys}
        self._derived: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"TenantKeys({self._tenant})"

    def new_key(self) -> tuple[bytes, bytes]:
        """A random data key for one borrower, and the same wrapped for keeping."""
        key = secrets.token_bytes(KEY)
        return key, self.seal(b"", key, "data-key")

    def unwrap(self, wrapped: bytes) -> bytes:
        """The data key again. Raises `WrongKey` or `Damaged`."""
        return self.open(b"", wrapped, "data-key")

    def seal(self, key: bytes, plain: bytes, place: str) -> bytes:
        """Encrypt for one place, such as `borrowers.sealed|<id>`; an empty `key` is the tenant's own."""
        key_id, cipher = (_key_id(key), AESGCM(key)) if key else (self._newest, self._ciphers[self._newest])
        return _seal(cipher, key_id, plain, self._bound(place))

    def open(self, key: bytes, sealed: bytes, place: str) -> bytes:
        """Decrypt what was sealed in that place. Raises `WrongKey` or `Damaged`."""
        ciphers = {_key_id(key): AESGCM(key)} if key else self._ciphers
        return _open(ciphers, sealed, self._bound(place))

    def blind(self, column: str, text: str) -> bytes:
        """16 bytes by which equal texts of one column are found; normalise the text first.

        Each column of each tenant has its own key, so values cannot be matched across columns.
        """
        return hmac.digest(self._derive(f"blind|{column}"), text.encode(), "sha256")[:BLIND]

    def hmac(self, purpose: str, data: bytes) -> bytes:
        """32 bytes that only this tenant can make for that purpose."""
        return hmac.digest(self._derive(f"hmac|{purpose}"), data, "sha256")

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs the tenant's audit checkpoints; a secret of its own, not derived."""
        return Ed25519PrivateKey.from_private_bytes(self._seed)

    def _bound(self, place: str) -> bytes:
        return self._tenant.bytes + b"|" + place.encode()

    def _derive(self, purpose: str) -> bytes:
        key = self._derived.get(purpose)
        if key is None:
            # The tenant is the salt: one bundle restored into two tenants would still index differently.
            stretch = HKDF(algorithm=SHA256(), length=KEY, salt=self._tenant.bytes, info=purpose.encode())
            key = self._derived[purpose] = stretch.derive(self._root)
        return key


class Keyring:
    """The master keys of this process: makes, unwraps and re-wraps the bundles of tenants.

    The first master key seals, all of them open: put a new one in front, re-wrap, drop the old one.
    """

    __slots__ = ("_kept", "_masters", "_newest")

    def __init__(self, masters: Sequence[bytes]) -> None:
        if not masters or any(len(master) != KEY for master in masters):
            raise MasterKeyInvalid("a master key has exactly 32 bytes")
        self._newest = _key_id(masters[0])
        self._masters = {_key_id(master): AESGCM(master) for master in masters}
        self._kept: OrderedDict[tuple[UUID, bytes], tuple[float, TenantKeys]] = OrderedDict()

    def __repr__(self) -> str:
        return f"Keyring({len(self._masters)} master keys)"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read `DUNWELL_MASTER_KEY`: base64 of 32 bytes; several are separated by commas, newest first."""
        try:
            masters = [base64.b64decode(part.strip(), validate=True) for part in text.split(",")]
        except (binascii.Error, ValueError):
            # `from None`: the cause would carry the text of the key into a log.
            raise MasterKeyInvalid("DUNWELL_MASTER_KEY is not base64 (openssl rand -base64 32)") from None
        return cls(masters)

    def new_bundle(self, tenant: UUID) -> bytes:
        """Fresh secrets for a new tenant, wrapped: the value of `control.tenants.wrapped_key`."""
        return self._wrap(tenant, secrets.token_bytes(3 * KEY))

    def keys(self, tenant: UUID, wrapped: bytes) -> TenantKeys:
        """Unwrap a tenant's bundle; kept in memory for some minutes. Raises `WrongKey` or `Damaged`."""
        at, place = time.monotonic(), (tenant, wrapped)
        kept = self._kept.get(place)
        if kept is not None and at - kept[0] < KEPT_SECONDS:
            return kept[1]
        keys = TenantKeys(tenant, self._unwrap(tenant, wrapped))
        self._kept[place] = (at, keys)
        self._kept.move_to_end(place)
        while len(self._kept) > KEPT_TENANTS:
            self._kept.popitem(last=False)
        return keys

    def forget(self, tenant: UUID) -> None:
        """Drop a tenant's keys from memory (suspended or erased)."""
        for place in [place for place in self._kept if place[0] == tenant]:
            del self._kept[place]

    def rewrap(self, tenant: UUID, wrapped: bytes) -> bytes:
        """The same secrets under the newest master key."""
        return self._wrap(tenant, self._unwrap(tenant, wrapped))

    def rotate(self, tenant: UUID, wrapped: bytes) -> bytes:
        """The same secrets with a new data key in front: it seals from now on, the older ones still open."""
        bundle = self._unwrap(tenant, wrapped)
        return self._wrap(tenant, bundle[: 2 * KEY] + secrets.token_bytes(KEY) + bundle[2 * KEY :])

    def _wrap(self, tenant: UUID, bundle: bytes) -> bytes:
        return _seal(self._masters[self._newest], self._newest, bundle, _bundle_place(tenant))

    def _unwrap(self, tenant: UUID, wrapped: bytes) -> bytes:
        return _open(self._masters, wrapped, _bundle_place(tenant))


def new_master_key() -> str:
    """A random value for `DUNWELL_MASTER_KEY`."""
    return base64.b64encode(secrets.token_bytes(KEY)).decode()


def _bundle_place(tenant: UUID) -> bytes:
    return tenant.bytes + b"|tenant-bundle"


def _key_id(key: bytes) -> bytes:
    if len(key) != KEY:
        raise Damaged(f"a key has {KEY} bytes, not {len(key)}")
    return hashlib.sha256(b"dunwell key id" + key).digest()[:KEY_ID]


def _seal(cipher: AESGCM, key_id: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return VERSION + key_id + nonce + cipher.encrypt(nonce, plain, bound)


def _open(ciphers: dict[bytes, AESGCM], sealed: bytes, bound: bytes) -> bytes:
    if len(sealed) < HEAD + NONCE + TAG or sealed[:1] != VERSION:
        raise Damaged("not bytes that were sealed here")
    cipher = ciphers.get(sealed[len(VERSION) : HEAD])
    if cipher is None:
        raise WrongKey("sealed under a key that is not here")
    try:
        return cipher.decrypt(sealed[HEAD : HEAD + NONCE], sealed[HEAD + NONCE :], bound)
    except InvalidTag:
        raise Damaged("the sealed bytes were changed or moved") from None
