"""The law in force for one tenant on one day, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from re import Pattern

from dunwell.contact.model.facts import Window
from dunwell.contact.model.words import Block, Channel, Clocks, ContactPersons, Product, Purpose


@dataclass(frozen=True, slots=True)
class LexiconClass:
    """Words that break one rule. `excused_by_docket`: true where a docket number proves the step.

    `squeezed` is searched in the text without spaces and punctuation, `spoken` in the text in words.
    """

    code: str
    rules: tuple[str, ...]
    squeezed: Pattern[str] | None
    spoken: Pattern[str] | None
    excused_by_docket: bool = False
    from_on: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """`debt_words`: what a person who is not liable must not be told; `blocks`: marks of required blocks.

    Compared by identity: it is the key under which findings are remembered.
    """

    version: str
    classes: tuple[LexiconClass, ...]
    debt_words: LexiconClass
    debt_variables: Pattern[str]
    blocks: Mapping[Block, Pattern[str]]


@dataclass(frozen=True, slots=True)
class BlockRule:
    """Blocks that a written message must carry, on these channels. None: whatever the purpose or product.

    `agency_only`: only what an agency sends needs them.
    """

    blocks: frozenset[Block]
    channels: frozenset[Channel]
    purposes: frozenset[Purpose] | None = None
    products: frozenset[Product] | None = None
    agency_only: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A pack's values in force on a day, narrowed by a tenant's own. None: the pack has no such rule.

    Days, hours and minutes are in the names; counts are the largest number that may have been made
    when nothing more may be. `codes`: the rule ids of each reason code.
    """

    pack: str
    pack_version: str
    policy_version: int
    countries: frozenset[str]
    codes: Mapping[str, tuple[str, ...]]
    lexicon: Lexicon
    window: Window
    visit_window: Window
    clocks: Clocks
    legal_zone: str | None
    guard_call_minutes: int
    guard_message_minutes: int
    consent_slots: bool
    connected_calls_per_day: int
    attempts_per_number_per_day: int | None
    attempts_hard_per_day: int | None
    attempts_per_number_per_hour: int | None
    calls_per_debt_per_7_days: int
    talk_silence_days: int | None
    silence_after_promise: bool
    messages_per_day: int
    messages_per_7_days: int
    touches_per_day: int
    letters_days_apart: int
    visits: bool
    visits_days_apart: int | None
    visit_team: int | None
    visit_consent_by_place: bool
    visits_spare_vulnerable: bool
    contact_persons: ContactPersons
    contact_person_calls_per_day: int
    contact_person_calls_in_all: int
    contact_persons_per_case: int
    lost_after_calls: int
    lost_minutes_apart: int
    lost_after_days: int
    spouse_rule: bool
    guarantee_months: int
    outsourcing_notice: bool
    assignment_notice: bool
    transfer_notice: bool
    validation_days: int | None
    text_confirmed_days: int | None
    agent_certificate_months: int
    recorder_required: bool
    breathing_space_days: int
    crisis_days_after: int
    sensitive_days: bool
    closing_notice_passes_cease: bool
    fee_sheet_from: date | None
    collection_fee_forbidden: bool
    required_blocks: tuple[BlockRule, ...]
    limited_voicemail: bool
    debt_adviser_days: int | None
    barred_debts_reviewed: bool
    vulnerable_reviewed: bool
    complaint_pauses_agency: bool
    automated_consent: bool
    work_email_barred: bool
    opt_out_covers_automated: bool
    ai_human_on_request: bool
    agency_review_months: int | None
    visit_notice_hours: int | None
    visit_papers: bool
    visit_filming_consent: bool
    visit_home_first: bool
    holidays_bar_visits: bool
    holidays_bar_calls: bool
