"""Texts are read through their disguises, and what is found is shown as it was written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.contact.content import Label, Message, check
from dunwell.contact.content.folding import fold
from dunwell.contact.content.normal import Known, normalise
from dunwell.contact.content.scorer import scorer
from dunwell.contact.content.sounds import syllables
from dunwell.contact.content.words import split_run, words_of

KNOWN = Known(
    frozenset(
        [
            "we",
            "will",
            "you",
            "your",
            "to",
            "if",
            "not",
            "pay",
            "the",
            "is",
            "are",
            "now",
            "a",
            "do",
            "or",
            "tell",
            "call",
            "please",
            "and",
        ]
    )
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＢＬＡＣＫ", "black"),
        ("黑名單", "黑名单"),
        ("黑\u200b名\ufeff单", "黑名单"),
        ("ѕuе", "sue"),
        ("ⓢⓤⓔ", "sue"),
        ("🅂🅄🄴", "sue"),
        ("起讠斥", "起诉"),
        ("马扁子", "骗子"),
        ("👮来了", "警察来了"),
        ("é", "e"),
        ("a\tb\x07", "a\tb"),
        ("", ""),
    ],
)
def test_folding(written: str, read: str):
    assert fold(written).text == read


@pytest.mark.parametrize(
    "written",
    [
        "黑 名 单",
        "黑，名，单",
        "黑-名_单",
        "hei名单",
        "黑ming单",
        "heimingdan上",
        "黑茗单",
        "h名单",
        "嘿名单",
        "黑 ming 单",
    ],
)
def test_a_hidden_list_is_found(written: str):
    assert "黑名单" in normalise(f"列入{written}", KNOWN).flat


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("we will s u e you", "we will sue you"),
        ("p.o.l.i.c.e", "police"),
        ("0verdue l0an", "overdue loan"),
        ("arr*st", "arrest"),
        ("b-l-a-c-k-l-i-s-t", "blacklist"),
        ("bl ack list", "blacklist"),
        ("wewilltellyourboss", "we will tell your boss"),
        ("w i l l s u e you", "will sue you"),
        ("polcie", "police"),
        ("youuuu", "you"),
        ("$500.00, 3rd call", "$500.00 , 3rd call"),
        ("don't", "don't"),
        ("pay.now", "pay now"),
        ("P0L!CE!", "police ."),
    ],
)
def test_words_are_mended(written: str, spoken: str):
    assert " ".join(word.text for word in words_of(fold(written).text, KNOWN.words)) == spoken


def test_what_is_no_disguise_stays():
    for text in ("今天语气不好", "预期还款", "3天内处理", "follow-up e-mail", "7月5日前"):
        read = normalise(text, KNOWN)
        assert not read.disguised, text


def test_runs_and_syllables():
    assert syllables("heimingdan") == ("hei", "ming", "dan")
    assert syllables("xyzzy") == () == syllables("a" * 500)
    assert split_run("tellyou", frozenset({"tell", "you"})) == ["tell", "you"]
    assert split_run("x" * 500, frozenset()) == [] == split_run("qqq", frozenset({"tell"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [("列 入 hei-名·单！", "hei-名·单"), ("We will b l a c k l i s t you", "b l a c k l i s t")],
)
def test_what_is_found_is_shown_as_it_was_written(text: str, words: str):
    found = check(Message(text))
    assert found.label is Label.BLOCK
    assert any(words in shown for shown in found.found), found.found
    for hit in found.hits:
        assert hit.at < 0 or text[hit.at :].startswith(hit.words)


@given(st.text(max_size=200))
def test_folding_twice_is_folding_once(text: str):
    once = fold(text)
    assert fold(once.text).text == once.text
    assert len(once.at) == len(once.text)
    assert list(once.at) == sorted(once.at)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str):
    read = normalise(text, scorer().known)
    assert len(read.flat) == len(read.flat_at)
    assert len(read.words) == len(read.starts) or not read.words
    check(Message(text))
    check(Message(text, recipient="third_party"))
    check(Message(text, stage="inbound"))


BLOCKED = [
    "我们将通知您的单位领导",
    "再不还款就列入黑名单",
    "后果自负",
    "转到我个人账户",
    "这里是公安局经侦支队",
]
UNSEEN = ["\u200b", "\u200d", "\ufeff", "\u2060", " ", "\u3000", ".", "·", "-", "*", "，"]


@given(
    st.sampled_from(BLOCKED), st.lists(st.tuples(st.integers(0, 40), st.sampled_from(UNSEEN)), max_size=12)
)
def test_what_is_put_between_characters_never_unblocks(text: str, inserted: list[tuple[int, str]]):
    chars = list(text)
    for place, extra in inserted:
        chars.insert(place % (len(chars) + 1), extra)
    assert check(Message("".join(chars))).label is Label.BLOCK, "".join(chars)


@given(st.sampled_from([*BLOCKED, "We will tell your employer and post it online"]), st.data())
def test_full_width_never_unblocks(text: str, data: st.DataObject):
    wide = {char for char in text if " " < char <= "~"}
    chosen = data.draw(st.sets(st.sampled_from(sorted(wide)))) if wide else set[str]()
    changed = "".join(chr(ord(char) + 0xFEE0) if char in chosen else char for char in text)
    assert unicodedata.normalize("NFKC", changed) == unicodedata.normalize("NFKC", text)
    assert check(Message(changed)).label is Label.BLOCK


def test_a_long_text_takes_no_more_than_its_length():
    for text in (
        "黑" * 100_000,
        "a" * 100_000,
        "s u e " * 20_000,
        "还款。" * 33_000,
        "pay.now*" * 12_000,
        "1" * 100_000,
    ):
        check(Message(text))
    assert (
        check(Message("您好。" * 20_000 + "再不还款就列入黑名单，后果自负。" + "谢谢。" * 10_000)).label
        is Label.BLOCK
    )
