"""Drafts in their one normal form; masks; what a phone number is."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.borrowers.model import (
    BorrowerDraft,
    BorrowerKind,
    BorrowerStatus,
    Home,
    PointKind,
    Profile,
    read_email,
    read_phone,
    tidy,
)
from dunwell.borrowers.rules import (
    addresses,
    at_home,
    digest_text,
    id_number_text,
    index_text,
    mask_email,
    mask_id_number,
    mask_name,
    mask_phone,
    mask_point,
    merged,
)
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import BorrowerId
from tests.builders.borrowers import some_borrower

CHINA = Home("CN", "Asia/Shanghai", "zh")


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("13800138000", "CN", "+8613800138000"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("１３８００１３８０００", "CN", "+8613800138000"),
        ("+86 138-0013-8000", "US", "+8613800138000"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("0803 123 4567", "NG", "+2348031234567"),
    ],
)
def test_phone_numbers_have_one_form(text: str, country: str, expected: str) -> None:
    assert read_phone(text, country) == expected


@pytest.mark.parametrize("text", ["", "hello", "123", "+86123", "138001380001234567", "12125552368 ext 5"])
def test_what_is_no_phone_number_is_a_fault_and_not_repeated(text: str) -> None:
    fault = read_phone(text, "CN")
    assert isinstance(fault, Fault)
    assert not text or text not in str(fault)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zhang@EXAMPLE.com", "Zhang@example.com"),
        (" a.b+c@sub.example.co.uk ", "a.b+c@sub.example.co.uk"),
        ("用户@例子.中国", "用户@例子.中国"),
    ],
)
def test_e_mail_addresses_have_one_form(text: str, expected: str) -> None:
    assert read_email(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "a b@c.de",
        "a@b..de",
        "a@-b.de",
        "a@b.de\nBcc: x@y.de",
        "<a@b.de>",
        "a\x00@b.de",
        "a\ud800@b.de",
        "a" * 250 + "@b.de",
    ],
)
def test_what_is_no_e_mail_address_is_a_fault(text: str) -> None:
    assert isinstance(read_email(text), Fault)


def test_a_tidy_draft_has_its_country_and_no_doubles() -> None:
    tidied = tidy(
        some_borrower(name="  张　三 ", phones=("13800138000", "+8613800138000"), country="cn"), CHINA
    )
    assert isinstance(tidied, BorrowerDraft)
    assert (tidied.name, tidied.phones, tidied.country) == ("张 三", ("+8613800138000",), "CN")


def test_an_empty_text_says_nothing() -> None:
    tidied = tidy(some_borrower(name=" ", id_number="", address=None, zone="", language=""), CHINA)
    assert isinstance(tidied, BorrowerDraft)
    assert (tidied.name, tidied.id_number, tidied.address, tidied.zone, tidied.language) == (None,) * 5


def test_every_fault_is_named_at_once() -> None:
    faults = tidy(
        BorrowerDraft(
            reference=" ",
            name="x" * 501,
            phones=("1",) * 21,
            emails=("nobody",),
            zone="Mars/Base",
            country="China",
            language="Chinese",
        ),
        CHINA,
    )
    assert isinstance(faults, tuple)
    assert {fault.field for fault in faults} == {
        "reference",
        "name",
        "phones",
        "emails",
        "zone",
        "country",
        "language",
    }


@given(st.builds(BorrowerDraft, st.text(max_size=20), name=st.none() | st.text(max_size=20)))
def test_tidying_twice_changes_nothing(draft: BorrowerDraft) -> None:
    tidied = tidy(draft, CHINA)
    assert isinstance(tidied, tuple) or tidy(tidied, CHINA) == tidied


def test_a_draft_prints_no_personal_data() -> None:
    shown = repr(some_borrower())
    assert "张" not in shown
    assert "138" not in shown
    assert "110105" not in shown


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("+8613800138000", "138****8000"), ("+12125552368", "121****2368"), ("+49301234", "****34")],
)
def test_masked_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_masks() -> None:
    assert mask_email("zhang@example.com") == "z***@example.com"
    assert mask_name("Jane van Doe") == "J*** v*** D***"
    assert mask_name(None) == ""
    assert mask_id_number("11010519491231002X") == "****002X"
    assert mask_id_number("1234567") == "****"
    assert mask_id_number(None) == ""
    assert mask_point(PointKind.PHONE, "+8613800138000") == "138****8000"
    assert mask_point(PointKind.EMAIL, "a@b.de") == "a***@b.de"
    assert mask_point(PointKind.POSTAL, "street") == "***"


def test_equal_names_and_numbers_index_equally() -> None:
    assert index_text("ＪＡＮＥ  Doe") == index_text("jane doe")
    assert index_text("Straße") == index_text("STRASSE")
    assert id_number_text(" 110105-19491231-002x ") == "11010519491231002X"


@given(st.text())
def test_indexing_is_idempotent(text: str) -> None:
    assert index_text(index_text(text)) == index_text(text)


def test_a_draft_names_only_what_it_says() -> None:
    assert addresses(BorrowerDraft("r")) == {}
    assert addresses(some_borrower()) == {
        PointKind.PHONE: ("+8613800138000",),
        PointKind.EMAIL: ("zhang@example.com",),
        PointKind.POSTAL: ("北京市东城区 1 号",),
    }


def test_what_a_new_borrower_does_not_say_is_as_at_home() -> None:
    draft = at_home(some_borrower(zone="Asia/Urumqi"), CHINA)
    assert (draft.zone, draft.country, draft.language) == ("Asia/Urumqi", "CN", "zh")


def test_what_is_not_said_again_stays() -> None:
    held = Profile(
        BorrowerId(UUID(int=1)),
        "B-1",
        BorrowerKind.INDIVIDUAL,
        "Asia/Urumqi",
        "CN",
        "en",
        BorrowerStatus.ACTIVE,
    )
    whole = merged(BorrowerDraft("B-1", language="zh"), "张三", "ID1", held)
    assert (whole.name, whole.id_number, whole.zone, whole.country, whole.language) == (
        "张三",
        "ID1",
        "Asia/Urumqi",
        "CN",
        "zh",
    )
    renamed = merged(BorrowerDraft("B-1", name="李四", id_number="ID2"), "张三", "ID1", held)
    assert (renamed.name, renamed.id_number) == ("李四", "ID2")


def test_the_digest_text_differs_wherever_content_differs() -> None:
    one = digest_text(some_borrower(), {PointKind.PHONE: [b"a", b"b"]})
    assert one == digest_text(some_borrower(), {PointKind.PHONE: [b"a", b"b"], PointKind.EMAIL: []})
    others = [
        digest_text(some_borrower(), {PointKind.PHONE: [b"b", b"a"]}),
        digest_text(some_borrower(), {PointKind.EMAIL: [b"a", b"b"]}),
        digest_text(some_borrower(name="李四"), {PointKind.PHONE: [b"a", b"b"]}),
        digest_text(some_borrower(kind=BorrowerKind.BUSINESS), {PointKind.PHONE: [b"a", b"b"]}),
    ]
    assert len({one, *others}) == 5
