"""Visits: whether one may end, given what was recorded of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from pydantic import BeforeValidator

from dunwell.agents.model import Recording
from dunwell.agents.use_cases import may_close_visit
from dunwell.papers.model import Answer, Given, Word

# Words for a recording that is not there, or is not there as a whole.
MISSING: Final = frozenset({"", "none", "missing", "lost", "failed", "off"})
PARTIAL: Final = frozenset({"partial", "incomplete", "interrupted", "damaged", "corrupt"})


def _recording(value: object) -> object:
    """Null, false or a word for nothing: none; a word, or a table that says so, for a part: partial; else the whole."""
    if value is None or value is False:
        return Recording.NONE
    if value is True:
        return Recording.WHOLE
    if isinstance(value, str):
        return _said(value)
    if isinstance(value, Mapping) and value:
        return _described(cast("Mapping[str, object]", value))
    raise ValueError("is null, a word, a reference, or a table that describes the file")


def _said(word: str) -> Recording:
    plain = word.strip().casefold()
    if plain in MISSING:
        return Recording.NONE
    return Recording.PARTIAL if plain in PARTIAL else Recording.WHOLE


def _described(table: Mapping[str, object]) -> Recording:
    flags = [table.get(name) for name in ("complete", "whole", "present")]
    if table.get("present") is False:
        return Recording.NONE
    if False in flags or table.get("partial") is True:
        return Recording.PARTIAL
    words = [_said(each) for name in ("status", "state") if isinstance(each := table.get(name), str)]
    return min(words, key=list(Recording).index, default=Recording.WHOLE)


class VisitIn(Given):
    """`recording` left out: the visit was recorded, as every default visit is."""

    event: Word
    recording: Annotated[Recording, BeforeValidator(_recording)] = Recording.WHOLE


def judge_visit(given: Mapping[str, Any]) -> Answer:
    """The verdict on the step, and whether an incident is opened because evidence is missing."""
    asked = VisitIn.model_validate(given)
    found = may_close_visit(asked.pack, asked.event, asked.recording)
    return {
        "verdict": found.finding.verdict.value,
        "incident_opened": found.incident,
        "reasons": list(found.finding.reasons),
        "rules": list(found.finding.rules),
    }
