"""Who is written to and which way a message went; words that are not known are read so that they protect."""

from datetime import date, datetime
from typing import Final

from dunwell.contact.content.messages import Message

# These owe the debt or speak for who does; everybody else, an unknown word included, must not hear of it.
ENTITLED: Final = frozenset(
    [
        "",
        "debtor",
        "co_debtor",
        "codebtor",
        "borrower",
        "co_borrower",
        "coborrower",
        "customer",
        "client",
        "cardholder",
        "obligor",
        "joint_debtor",
        "account_holder",
        "guarantor",
        "surety",
        "attorney",
        "lawyer",
        "solicitor",
        "counsel",
        "legal_representative",
        "representative",
        "debt_adviser",
        "debt_advisor",
        "executor",
        "administrator",
        "self",
    ]
)
INBOUND: Final = frozenset(
    {
        "inbound",
        "incoming",
        "reply",
        "received",
        "inbound_message",
        "customer_reply",
        "from_debtor",
        "complaint",
    }
)
FALSE: Final = frozenset(
    {"", "no", "false", "none", "null", "0", "n", "nil", "unknown", "refused", "否", "无"}
)


def truthy(value: object) -> bool:
    """Whether a fact says yes: empty values and words for no do not."""
    if isinstance(value, str):
        return value.strip().lower() not in FALSE
    return bool(value)


def _word(value: object) -> str:
    return str(value or "").strip().lower().replace("-", "_").replace(" ", "_")


def inbound(message: Message) -> bool:
    """Whether the other side wrote or said this."""
    facts = message.facts
    if any(_word(facts.get(key)) in INBOUND for key in ("direction", "way")):
        return True
    return _word(message.stage) in INBOUND or _word(message.channel) in INBOUND


def entitled(message: Message) -> bool:
    """Whether this person may hear of the debt: liable, or speaking for someone who is."""
    who, facts = _word(message.recipient), message.facts
    if who in ENTITLED:
        return True
    if who == "heir":
        refused = _word(facts.get("inheritance")) == "refused"
        return not refused and not truthy(facts.get("inheritance_refused"))
    if who == "spouse":
        liability = _word(facts.get("liability")) in ("co_signed", "family_use_proven", "joint")
        return liability or truthy(facts.get("co_signed")) or truthy(facts.get("family_use_proven"))
    return truthy(facts.get("authorised")) or truthy(facts.get("authorized"))


def offered_to_pay(message: Message) -> bool:
    """Whether a third person offered to pay, and so may be told what is needed for that."""
    return any(
        truthy(message.facts.get(key)) for key in ("offered_to_pay", "offered_to_pay_at", "volunteer_payer")
    )


def day(message: Message) -> date | None:
    """The day of the message, where the facts tell it."""
    for key in ("date", "today", "sent_on", "sent_at", "now", "on", "at"):
        value = message.facts.get(key)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if isinstance(value, str) and len(value) >= 10:
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                continue
    return None
