"""The lexicon file is refused with its line when something is wrong in it."""

from importlib import resources

import pytest

from dunwell.contact.settings.lexicon import class_named, lexicon, read_lexicon
from dunwell.kernel.errors import Invalid

TEXT = (resources.files("dunwell.contact.packs") / "lexicon.toml").read_text("utf-8")


def line_of(text: str, part: str) -> int:
    return text.count("\n", 0, text.index(part)) + 1


def test_the_shipped_one_is_whole():
    words = lexicon()
    assert words.version == "2"
    assert all(each.rules for each in words.classes)
    assert class_named("THREAT") in words.classes
    assert class_named("THIRD_PARTY_DISCLOSURE") is words.debt_words
    assert class_named("NO_SUCH") is None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('code = "THREAT"', 'code = "THREAT"\nactoin = "block"', "Extra inputs"),
        ('code = "THREAT"', 'code = "threat"', "pattern"),
        (
            'code = "THREAT"\nrules = ["CN-CON-02", "CN-CON-11", "CN-CON-12", "IN-CON-01"]',
            'code = "THREAT"\nrules = []',
            "at least 1",
        ),
        ('code = "THREAT"\nrules = ["CN-CON-02"', 'code = "THREAT"\nrules = ["no rule"', "is no rule id"),
        ('code = "THREAT"', 'code = "EXPOSURE"', "given twice"),
        ('"后果自负"', '"后果(自负"', "bad pattern"),
        ('"后果自负"', '"(后果自负)?"', "empty text"),
        ('"or else"', '"or [else"', "bad pattern"),
        ('"past due"', '"past [due"', "bad pattern"),
    ],
)
def test_a_wrong_lexicon_is_refused_with_its_line(old: str, new: str, problem: str):
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(Invalid) as refused:
        read_lexicon(text, "mine.toml")
    fault = refused.value.faults[0]
    assert problem in fault.problem
    assert fault.field.startswith("mine.toml:")
    header = line_of(text, new.split("\n", maxsplit=1)[0])
    assert fault.line is not None
    assert abs(fault.line - header) <= 40


def test_a_missing_table_and_what_is_no_toml():
    with pytest.raises(Invalid) as refused:
        read_lexicon("version = 1\n")
    assert refused.value.faults
    with pytest.raises(Invalid) as refused:
        read_lexicon('version = "1"\n[[classes]\n')
    assert refused.value.faults[0].line == 2
