"""The limited-content message of US-CON-01: what a voicemail may say, sentence by sentence, and nothing else."""

import re
from typing import Final

PHONE: Final = r"(?:\+?[0-9][0-9 ().-]{5,}[0-9]|\{[^}]*\})"
NAME: Final = r"[\w&'. {}-]+"
WHEN: Final = r"(?:[\w:,. -]*)"
# Words that tell what the call is about; a business name may not either.
TELLING: Final = re.compile(
    r"\b(debts?|owe[sd]?|owing|loans?|overdue|past due|balance|payments?|pay|paid|collect\w*|account|amount|arrears|"
    r"credit|legal|attorney|court|urgent|important|matter|regarding|about|recovery|bill|invoice|money)\b|[$£€]"
)
ALLOWED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|dear)(?: " + NAME + ")?",
        r"(?:this is|i am|i'm|my name is) " + NAME + r"(?:,? (?:from|of|with|calling from|calling for|at) " + NAME + ")?",
        r"(?:i am|i'm|we are) calling from " + NAME,
        r"(?:it is|it's|today is|the time is) " + WHEN,
        r"(?:please )?(?:call|reach|contact|reply to|get back to|return (?:my|our|this) call)"
        r"(?: (?:me|us))?(?: back)?(?:,? (?:at|on) " + PHONE + r")?(?:,? (?:between|from|any time|before|after|on) " + WHEN + ")?",
        r"(?:you can|you may) (?:call|reach)(?: (?:me|us))?(?: back)? (?:at|on) " + PHONE
        + r"(?:,? (?:between|from|any time|before|after|on) " + WHEN + ")?",
        r"(?:my|our|the) (?:phone |telephone |call-?back )?number is " + PHONE,
        r"i (?:will be|am) available " + WHEN,
        r"(?:thank you|thanks|goodbye|bye)(?: " + NAME + ")?",
        PHONE,
    )
)  # fmt: skip
SENTENCE: Final = re.compile(r"(?:[.!?;](?:\s+|$))+|\n+")


def says_more_than_allowed(text: str) -> bool:
    """Whether any sentence is none of: greeting, name, business, date and time, number, request to reply."""
    spoken = re.sub(r"\s+", " ", text.strip().lower().replace("\u2019", "'"))
    if TELLING.search(spoken):
        return True
    sentences = [part.strip(" ,") for part in SENTENCE.split(spoken)]
    return any(part and not any(shape.fullmatch(part) for shape in ALLOWED) for part in sentences)
