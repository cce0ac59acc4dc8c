"""The enumerations of the gate, and how things are named in it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

# How people, debts and numbers are named: database ids in the service, short names in paper cases.
Key = UUID | str

LENDER: Final = "lender"


class Channel(StrEnum):
    CALL = "call"
    AI_CALL = "ai_call"
    VOICEMAIL = "voicemail"
    SMS = "sms"
    IM = "im"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"


CALLS: Final = frozenset({Channel.CALL, Channel.AI_CALL, Channel.VOICEMAIL})
MESSAGES: Final = frozenset({Channel.SMS, Channel.IM, Channel.EMAIL})
WRITTEN: Final = MESSAGES | {Channel.LETTER}


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Purpose(StrEnum):
    """What a contact is for. `reminder` speaks of a sum that is not overdue yet."""

    COLLECTION = "collection"
    REMINDER = "reminder"
    RESTORE_CONTACT = "restore_contact"
    PAYMENT_INFORMATION = "payment_information"
    LOCATION = "location"
    CLOSING_NOTICE = "closing_notice"
    VALIDATION_NOTICE = "validation_notice"


class Role(StrEnum):
    """What a person is to the debt."""

    DEBTOR = "debtor"
    CO_DEBTOR = "co_debtor"
    GUARANTOR = "guarantor"
    CONTACT_PERSON = "contact_person"
    SPOUSE = "spouse"
    HEIR = "heir"
    ATTORNEY = "attorney"
    THIRD_PARTY = "third_party"


class PersonStatus(StrEnum):
    ALIVE = "alive"
    DECEASED = "deceased"
    INCAPACITATED = "incapacitated"


class HoldKind(StrEnum):
    """Why collection stopped. From `hardship` on: kinds that no paper case knows; `rules.debts` says what each stops.

    `grievance`: an open complaint. `illness`: serious illness. `marriage`: a wedding in the family.
    """

    DISPUTE = "dispute"
    PLAN = "plan"
    BREATHING_SPACE = "breathing_space"
    CRISIS = "mental_health_crisis"
    CEASE = "cease"
    REPRESENTATION = "representation"
    STATUTE_BARRED = "statute_barred"
    BEREAVEMENT = "bereavement"
    HARDSHIP = "hardship"
    DECEASED = "deceased"
    DISASTER = "disaster"
    MANUAL = "manual"
    BANKRUPTCY = "bankruptcy"
    DEBT_ADVISER = "debt_adviser"
    GRIEVANCE = "grievance"
    ILLNESS = "illness"
    MARRIAGE = "marriage"


class Outcome(StrEnum):
    """What became of a contact. `sent` and `unknown` may have arrived: they count as touches; `failed` did not.

    `not_made`: allowed, and never tried; the gate does not see it, it is no attempt either.
    """

    CONNECTED = "connected"
    UNANSWERED = "unanswered"
    INVALID = "invalid"
    DELIVERED = "delivered"
    FAILED = "failed"
    VISITED = "visited"
    SENT = "sent"
    UNKNOWN = "unknown"
    NOT_MADE = "not_made"


class NoticeKind(StrEnum):
    OUTSOURCING = "outsourcing"
    ASSIGNMENT = "assignment"
    TRANSFER = "transfer"
    VALIDATION = "validation"


class NoticeStatus(StrEnum):
    NONE = "none"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class Liability(StrEnum):
    """Spouse: why the debt is a joint one."""

    NONE = "none"
    CO_SIGNED = "co_signed"
    FAMILY_USE = "family_use_proven"


class Inheritance(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Charge(StrEnum):
    PRINCIPAL = "principal"
    INTEREST = "interest"
    PENALTY_INTEREST = "penalty_interest"
    LATE_FEE = "late_fee"
    COLLECTION_FEE = "collection_fee"


class Place(StrEnum):
    DOORSTEP = "doorstep"
    HOME = "home_interior"
    WORKPLACE = "workplace"


class Product(StrEnum):
    LOAN = "loan"
    CARD = "card"


class Block(StrEnum):
    """A part that a message must carry.

    `basis`: why the sum is owed and by which law or clause. `rights`: rights and duties. `account_check`: how to check
    the account and payments. `office`: whom to reach at the lender. `collector`: that a debt collector writes.
    """

    LENDER = "lender"
    AGENCY = "agency"
    OBJECTION = "objection"
    OPT_OUT = "opt_out"
    BALANCE = "balance"
    BASIS = "basis"
    RIGHTS = "rights"
    ACCOUNT_CHECK = "account_check"
    OFFICE = "office"
    SEAL = "seal"
    COLLECTOR = "collector"
    DEBT_ADVICE = "debt_advice"


class Clocks(StrEnum):
    """On which clocks the contact window must be open: see `rules.clock`."""

    LEGAL = "legal"
    LEGAL_AND_PROFILE = "legal_and_profile"
    PLAUSIBLE = "plausible"
    PROFILE = "profile"


class ContactPersons(StrEnum):
    """When someone who is not liable may be contacted at all."""

    LOST_CONTACT = "lost_contact"
    LOCATION = "location"
    NEVER = "never"


class Answer(StrEnum):
    ALLOW = "ALLOW"
    HOLD = "HOLD"
    REVIEW = "REVIEW"
    DENY = "DENY"


SEVERITY: Final[Mapping[str, int]] = {"ALLOW": 0, "HOLD": 1, "REVIEW": 2, "DENY": 3}


class Phase(StrEnum):
    """PLAN asks whether a contact may be queued; SEND whether it may leave now, and takes its slots.

    PERMIT is SEND for a person who dials: the number is shown only while the permit lasts.
    """

    PLAN = "plan"
    SEND = "send"
    PERMIT = "permit"
