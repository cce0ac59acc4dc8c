"""The vault: what is sealed opens in its own place with its own key, and nowhere else."""

import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.storage.vault import (
    KEY,
    Damaged,
    Keyring,
    MasterKeyInvalid,
    TenantKeys,
    WrongKey,
    new_master_key,
)

ACME, BIRCH = UUID(int=1), UUID(int=2)


@pytest.fixture(scope="module")
def ring() -> Keyring:
    return Keyring.from_text(new_master_key())


@pytest.fixture(scope="module")
def keys(ring: Keyring) -> TenantKeys:
    return ring.keys(ACME, ring.new_bundle(ACME))


@given(plain=st.binary(max_size=200), place=st.text(max_size=30))
def test_what_is_sealed_opens(keys: TenantKeys, plain: bytes, place: str) -> None:
    key, wrapped = keys.new_key()
    assert keys.unwrap(wrapped) == key
    for each in (b"", key):
        assert keys.open(each, keys.seal(each, plain, place), place) == plain


def test_the_same_plain_text_never_seals_to_the_same_bytes(keys: TenantKeys) -> None:
    assert keys.seal(b"", b"x", "a") != keys.seal(b"", b"x", "a")


def test_a_sealed_value_does_not_open_in_another_place(keys: TenantKeys) -> None:
    sealed = keys.seal(b"", b"secret", "borrowers.sealed|1")
    with pytest.raises(Damaged):
        keys.open(b"", sealed, "borrowers.sealed|2")


def test_every_flipped_byte_is_found(keys: TenantKeys) -> None:
    sealed = keys.seal(b"", b"secret", "p")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises((Damaged, WrongKey)):
            keys.open(b"", changed, "p")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" + bytes(60), bytes(10)])
def test_bytes_of_another_kind_are_refused(keys: TenantKeys, sealed: bytes) -> None:
    with pytest.raises(Damaged):
        keys.open(b"", sealed, "p")


def test_a_borrowers_data_does_not_open_with_another_borrowers_key(keys: TenantKeys) -> None:
    mine, _ = keys.new_key()
    other, _ = keys.new_key()
    with pytest.raises(WrongKey):
        keys.open(other, keys.seal(mine, b"secret", "p"), "p")


def test_a_tenants_bundle_is_nothing_to_another_tenant(ring: Keyring) -> None:
    with pytest.raises(Damaged):
        ring.keys(BIRCH, ring.new_bundle(ACME))


def test_two_tenants_share_no_index_no_token_no_signature(ring: Keyring) -> None:
    acme = ring.keys(ACME, ring.new_bundle(ACME))
    birch = ring.keys(BIRCH, ring.new_bundle(BIRCH))
    assert acme.blind("phone", "+8613800138000") != birch.blind("phone", "+8613800138000")
    assert acme.hmac("hook", b"x") != birch.hmac("hook", b"x")
    assert acme.signing_key().public_key() != birch.signing_key().public_key()


def test_a_blind_index_is_stable_short_and_its_own_per_column(ring: Keyring) -> None:
    wrapped = ring.new_bundle(ACME)
    again = Keyring.keys(ring, ACME, wrapped)
    ring.forget(ACME)
    keys = ring.keys(ACME, wrapped)
    assert keys is not again
    assert keys.blind("phone", "1") == again.blind("phone", "1")
    assert len(keys.blind("phone", "1")) == 16
    assert keys.blind("phone", "1") != keys.blind("email", "1")
    assert len(keys.hmac("hook", b"x")) == 32
    assert keys.hmac("hook", b"x") != keys.hmac("other", b"x")


def test_a_rotated_data_key_seals_new_and_opens_old(ring: Keyring) -> None:
    wrapped = ring.new_bundle(ACME)
    before = ring.keys(ACME, wrapped)
    key, kept = before.new_key()
    rotated = ring.rotate(ACME, wrapped)
    after = ring.keys(ACME, rotated)
    assert after.unwrap(kept) == key
    assert after.signing_key().private_bytes_raw() == before.signing_key().private_bytes_raw()
    assert after.blind("phone", "1") == before.blind("phone", "1")
    with pytest.raises(WrongKey):
        before.unwrap(after.new_key()[1])


def test_a_new_master_key_in_front_rewraps_and_the_old_one_can_go() -> None:
    old, new = new_master_key(), new_master_key()
    wrapped = Keyring.from_text(old).new_bundle(ACME)
    both = Keyring.from_text(f"{new}, {old}")
    rewrapped = both.rewrap(ACME, wrapped)
    assert Keyring.from_text(new).keys(ACME, rewrapped).blind("c", "t") == both.keys(ACME, wrapped).blind(
        "c", "t"
    )
    with pytest.raises(WrongKey):
        Keyring.from_text(new).keys(ACME, wrapped)


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode(), "é"])
def test_a_wrong_master_key_says_so_and_shows_nothing(text: str) -> None:
    with pytest.raises(MasterKeyInvalid) as caught:
        Keyring.from_text(text)
    assert not text or text not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_cut_bundle_or_key_is_found(keys: TenantKeys) -> None:
    with pytest.raises(Damaged):
        TenantKeys(ACME, bytes(3 * KEY - 1))
    with pytest.raises(Damaged):
        keys.seal(b"short", b"x", "p")


def test_nothing_prints_a_key(ring: Keyring, keys: TenantKeys) -> None:
    assert repr(keys) == f"TenantKeys({ACME})"
    assert repr(ring) == "Keyring(1 master keys)"


def test_only_so_many_tenants_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunwell.storage.vault.KEPT_TENANTS", 2)
    ring = Keyring.from_text(new_master_key())
    tenants = [(tenant := uuid4(), ring.new_bundle(tenant)) for _ in range(3)]
    first = ring.keys(*tenants[0])
    assert ring.keys(*tenants[0]) is first
    for tenant, wrapped in tenants[1:]:
        ring.keys(tenant, wrapped)
    assert ring.keys(*tenants[0]) is not first
