"""The page docs/rules.md, made of the packs and the codes: `python -m tests.contact.rules_page` writes it."""

from pathlib import Path
from typing import Final

from dunwell.contact.settings import Meaning, Pack, meanings, pack_named
from tests.builders.contact import HOME

PAGE: Final = Path(__file__).parents[2] / "docs" / "rules.md"

HEAD: Final = """\
# What the gate judges

Before any contact leaves, `judge(policy, facts, proposal, now)` asks every rule of eight groups and answers with the
worst of them: DENY, REVIEW, HOLD or ALLOW. A failing rule gives a *code*; the pack in force says which *rule ids* the
code carries out in its country, and the values (*parameters*) it is judged by. The function is pure: no clock, no
database.

- `contact/rules`: one module per group, 1 debt stops (`debts`, `limitation`), 2 recipient, 3 actor and notices,
  4 channel and visits (`permission`, `visits`), 5 clock (`clock`, `windows`), 6 counters, 7 content (`content`,
  `voicemail`, `blocks`), 8 evidence.
- `contact/packs/*.toml`: the values of each country with class, source and effective date; `[codes]` names the rules.
- `contact/packs/codes.toml`: what a code means, in 中文 and English; in Python `explain(code, language)` of
  `dunwell.contact.settings`.

Where a source leaves a choice, the reading is the one that protects the borrower. This page is made of that data by
`python -m tests.contact.rules_page`; a test keeps it true.

## HOLD and its release

HOLD says when the same proposal on the same facts is allowed: the latest release of the failing rules, judged again
there, until it is ALLOW. It is empty when only a new fact opens it (a notice, a review, a confirmation), or when the
answer at such an instant is DENY or REVIEW. Tests check it minute by minute against the judge itself, for all packs,
on the nights on which clocks change.

## Readings of ours

- A call of which nobody told the end counts as a talk *and* as an attempt, until something milder is told.
- Calls, voicemails and automated calls are one kind of contact for every cap; an unanswered call is no touch.
- An open complaint stops the agency, not the lender, who has to answer it. A dispute stops both.
- A debt adviser has thirty days in the United Kingdom unless the hold names a later day; elsewhere the hold stays.
- A crisis stays open while the end of its treatment is not known, whatever day a notice named.
- Illness, minority and incapacity are for a person to decide (REVIEW), in every pack.
- A barred debt: no word of courts anywhere. Where an answer may revive it (cn, eu, in) every demand is a REVIEW.
- An agency whose yearly review is due, a visit that nobody announced, a notice that did not arrive: HOLD without a
  release, for only a new fact opens them. A contract that is over, a suspension, an unknown agent: DENY.
- Public holidays (cn: visits; in: visits and calls) hold until the next midnight; mourning and weddings deny while
  the flag stands, for calls and visits only.
- One opt-out covers all automated calls and texts in the United States from 2027-01-31, the day the rule applies.
- India's directions of 2026 are a draft: their values are our own policy (class O) until they are final.
"""

ELSEWHERE: Final = {
    "CN-AI-01": "set-up of the tenant; no rule of a single contact",
    "CN-AI-03": "`arrangements` and `applications`: a person decides, the working is shown; referral comes later",
    "CN-CON-09": "`strategy`: the step before the due day, template `before-due`",
    "CN-CON-10": "`loans`: cost ceilings, see docs/ledger.md",
    "CN-CMP-01": "`disputes`: complaint clock",
    "CN-CMP-02": "`disputes`: complaint clock; fifteen days as CN-CMP-01",
    "CN-CR-01": "credit bureau: a later stage",
    "CN-CR-04": "`disputes`: clock of a credit dispute",
    "CN-FEE-09": "`loans`: posting a charge; here FEE_NOT_DISCLOSED",
    "CN-LEG-01": "referral to court: a later stage; its result is the debt's `barred_on`, see TIME_BARRED",
    "CN-LEG-02": "referral to court: a later stage",
    "CN-LEG-03": "referral to court: a later stage",
    "CN-LEG-05": "referral to court: a later stage",
    "CN-LEG-06": "referral to court: a later stage",
    "CN-LEG-07": "referral to court: a later stage",
    "CN-LEG-08": "referral to court: a later stage",
    "CN-LEG-09": "referral to court: a later stage",
    "CN-LEG-10": "referral to court: a later stage",
    "CN-PLN-01": "`arrangements`: longest plan, see docs/arrears.md",
    "CN-PLN-02": "`arrangements`: required fields of a plan",
    "CN-PLN-05": "`arrangements`: asking the guarantor's written consent; a later stage",
    "CN-SEC-02": "`borrowers`: personal data sealed, opened for sending only; `access`: scopes",
    "CN-SEC-04": "export of data to others: a later stage",
    "CN-SEC-05": "rights of access and deletion: a later stage",
    "CN-SEC-06": "`agents`: clear view from abroad",
    "CN-SEC-08": "breach clock: a later stage",
    "CN-TP-13": "each liable person is judged, and counted, as a debtor: `rules/recipient.py`, `rules/counters.py`",
    "CN-VIS-03": "`agents`: a visit is not closed without its recording; here EVIDENCE_MISSING before it starts",
    "EU-FOR-01": "referral to court: a later stage",
    "EU-PRV-01": "rights of access: a later stage",
    "IN-CMP-01": "`disputes`: complaint clock",
    "UK-CMP-01": "`disputes`: complaint clock",
    "UK-CMP-02": "`disputes`: clock of a quick answer",
    "UK-LEG-02": "referral to court: a later stage; its result is the debt's `barred_on`, see TIME_BARRED",
    "UK-LEG-03": "referral to court: a later stage",
    "US-CHN-04": "not judged: no fact says by which procedure an e-mail address was cleared, each counts as cleared",
    "US-CR-01": "credit bureau: a later stage",
    "US-ST-01": "a tenant's own stricter values, `contact.toml`",
}

# The rows of the table of recommended parameters, and where their values live.
ROWS: Final[tuple[tuple[str, str], ...]] = (
    ("contact window", "`window`, `visit_window`"),
    ("clock", "`clocks`, `legal_zone`"),
    ("hand-off guard before window end", "`guard_call_minutes`, `guard_message_minutes`"),
    ("outside-window exception", "`consent_slots`"),
    ("connected calls / debtor / day", "`connected_calls_per_day`"),
    ("dial attempts / number / day", "`attempts_per_number_per_day`, `attempts_hard_per_day`"),
    ("dial attempts / number / hour", "`attempts_per_number_per_hour`"),
    ("calls / debt / rolling 7 days", "`calls_per_debt_per_7_days`"),
    ("silence after a live talk", "`talk_silence_days`, `silence_after_promise`"),
    ("SMS / IM / e-mail", "`messages_per_day`, `messages_per_7_days`"),
    ("all touches / debtor / day", "`touches_per_day`"),
    ("letters", "`letters_days_apart`"),
    (
        "visits",
        (
            "`visits`, `visits_days_apart`, `visit_window`, `visit_team`, `visit_notice_hours`, `visit_papers`, "
            "`visit_consent_by_place`, `visit_filming_consent`, `visit_home_first`, `visits_spare_vulnerable`, "
            "`holidays_bar_visits`; recorded: `recorder_required`"
        ),
    ),
    (
        "contact person",
        (
            "`contact_persons`, `contact_person_calls_per_day`, `contact_person_calls_in_all`, "
            "`contact_persons_per_case`, `lost_after_calls`, `lost_minutes_apart`, `lost_after_days`"
        ),
    ),
    ("identity before debt details", "`required_blocks`; checking who speaks is a duty of every talk"),
    (
        "opt-out / cease effect",
        "at once, in `rules/permission.py`; `opt_out_covers_automated`, `complaint_pauses_agency`",
    ),
    (
        "notice before agency starts",
        "`outsourcing_notice`, `assignment_notice`, `transfer_notice`, `validation_days`",
    ),
    ("AI voice", "AI_NOTICE in every pack, `ai_human_on_request`, `automated_consent`"),
    ("recording required to dial", "`recorder_required`"),
    ("retention of contact records", "no home yet"),
    ("after full payment", "DEBT_SETTLED at the second; the agency's proof of deletion: `agents`"),
    ("agent certificate", "`agent_certificate_months`; assignment: `agents/packs`"),
    ("agency review", "`agency_review_months`; placement: `agents/packs`"),
    ("plan maximum", "`arrangements/packs`: `plan_months_card`, `plan_months_loan`"),
    ("plan active", "hold `plan`: PLAN_ACTIVE"),
    ("cost ceiling", "`loans/packs`: `cost_cap_*`, `cost_guidance_consumer_finance`"),
    (
        "fee must be in disclosure sheet",
        "`fee_sheet_from`, `collection_fee_forbidden`; posting: `loans/packs`",
    ),
    ("allocation order", "`loans/packs`: `allocation_order`, `card_principal_first_from_day`"),
    ("credit-bureau export", "no home yet"),
    (
        "dispute clocks",
        "`disputes/packs`: `credit_dispute_clock`; hold `dispute`: DISPUTED; `complaint_pauses_agency`",
    ),
    ("complaint clocks", "`disputes/packs`: `complaint_clock`, `complaint_reply_clock`"),
    ("statutory stop", "holds; `breathing_space_days`, `crisis_days_after`, `debt_adviser_days`"),
    ("limitation for referral", "no home yet; here only `barred_debts_reviewed`"),
    ("human approval before referral", "no home yet"),
    ("cross-border access to clear data", "`agents/packs`: `clear_view`"),
)


def packs() -> dict[str, Pack]:
    return {name: pack for name in HOME if (pack := pack_named(name)) is not None}


def page() -> str:
    return "\n".join([HEAD, *_codes(), *_rules(), *_elsewhere(), *_rows()])


def rules_of(meaning: Meaning) -> dict[str, list[str]]:
    """Rule id → packs in which the code carries it out."""
    found: dict[str, list[str]] = {}
    for name, pack in packs().items():
        for rule in pack.codes.get(meaning.code, ()):
            found.setdefault(rule, []).append(name)
    return found


def by_rule() -> dict[str, list[Meaning]]:
    """Rule id → the codes that carry it out in any pack."""
    found: dict[str, list[Meaning]] = {}
    for meaning in meanings().values():
        for rule in rules_of(meaning):
            found.setdefault(rule, []).append(meaning)
    return dict(sorted(found.items()))


def _codes() -> list[str]:
    lines = ["## Codes", "", "| code | 中文 | English | rules |", "|---|---|---|---|"]
    for meaning in meanings().values():
        rules = "; ".join(
            f"{rule} ({' '.join(names)})" if len(names) < len(HOME) else rule
            for rule, names in rules_of(meaning).items()
        )
        lines.append(f"| {meaning.code} | {meaning.zh} | {meaning.en} | {rules} |")
    return [*lines, ""]


def _rules() -> list[str]:
    lines = ["## Rules", "", "| rule | codes | judged in `contact/rules` | parameters |", "|---|---|---|---|"]
    for rule, codes in by_rule().items():
        modules = ", ".join(dict.fromkeys(each.module for each in codes))
        parameters = ", ".join(dict.fromkeys(name for each in codes for name in each.parameters))
        lines.append(f"| {rule} | {', '.join(each.code for each in codes)} | {modules} | {parameters} |")
    return [*lines, ""]


def _elsewhere() -> list[str]:
    lines = ["## Rules that are carried out elsewhere, or not yet", "", "| rule | where |", "|---|---|"]
    found = by_rule()
    return [
        *lines,
        *(f"| {rule} | {where} |" for rule, where in sorted(ELSEWHERE.items()) if rule not in found),
        "",
    ]


def _rows() -> list[str]:
    lines = ["## Recommended parameters and where they live", "", "| parameter | home |", "|---|---|"]
    return [*lines, *(f"| {row} | {home} |" for row, home in ROWS), ""]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
