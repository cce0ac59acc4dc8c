"""The limited-content message of US-CON-01: what a voicemail may say, sentence by sentence, and nothing else."""

import re
from typing import Final

PHONE: Final = r"(?:[+(]?[0-9][0-9 ().-]{5,}[0-9]|\{[^}]*\})"
NAME: Final = r"(?:[\w&'.{}-]+(?: [\w&'.{}-]+){0,4})"
GREETING: Final = rf"(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|dear)(?: {NAME})?"
WHEN: Final = r"(?:[\w:,. -]*)"
AT: Final = rf"(?:,? (?:at|on) {PHONE})?(?:,? (?:between|from|any time|before|after|on) {WHEN})?"
ASK: Final = (
    r"(?:call|reach|contact|reply to|get back to|return (?:my|our|this) call)(?: (?:me|us))?(?: back)?"
)
# Words that tell what the call is about; a business name may not either.
TELLING: Final = re.compile(
    r"\b(debts?|owe[sd]?|owing|loans?|overdue|past due|balance|payments?|pay|paid|collect\w*|account|amount|"
    r"arrears|credit|legal|attorney|court|urgent|important|matter|regarding|about|recovery|bill|invoice|money)\b"
    r"|[$£€]"
)
ALLOWED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        GREETING,
        rf"(?:{GREETING},? )?(?:this is|i am|i'm|my name is) {NAME}(?:,? (?:from|of|with|calling from|at) {NAME})?",
        rf"(?:i am|i'm|we are) calling from {NAME}",
        rf"(?:it is|it's|today is|the time is) {WHEN}",
        rf"(?:please )?{ASK}{AT}",
        rf"(?:you can|you may) {ASK}{AT}",
        rf"(?:my|our|the) (?:phone |telephone |call-?back )?number is {PHONE}",
        rf"i (?:will be|am) available {WHEN}",
        rf"(?:thank you|thanks|goodbye|bye)(?: {NAME})?",
        PHONE,
    )
)
SENTENCE: Final = re.compile(r"(?:[.!?;](?:\s+|$))+|\n+")


def says_more_than_allowed(text: str) -> bool:
    """Whether any sentence is none of: greeting, name, business, date and time, number, request to reply."""
    spoken = re.sub(r"\s+", " ", text.strip().lower().replace("\u2019", "'"))
    if TELLING.search(spoken):
        return True
    sentences = [part.strip(" ,") for part in SENTENCE.split(spoken)]
    return any(part and not any(shape.fullmatch(part) for shape in ALLOWED) for part in sentences)
