"""How an employer and an agent stand: training that counts, reviews that are due. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dunwell.agents.model import LENDER, Course, ReviewDue, Standing
from dunwell.kernel.calendar import DAY, add_months
from dunwell.packs import Pack


@dataclass(frozen=True, slots=True)
class Passed:
    """The last time a course was passed, of those that were not withdrawn."""

    course: Course
    passed_on: date
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the register holds on an employer and an agent. `agency_code` None: there is no such agency.

    `agent_agency` is the agent's employer (`lender` or a code), None where there is no such agent.
    """

    actor: str
    agent: UUID | None
    agency_code: str | None = None
    suspended: bool = False
    contract_from: date | None = None
    contract_until: date | None = None
    reviewed_on: date | None = None
    agent_agency: str | None = None
    deactivated: bool = False
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the law wants of an agent on a day; `months` None: it says nothing yet, and nobody is trained."""

    day: date
    courses: frozenset[Course]
    certificates: frozenset[Course]
    months: int | None


def terms_of(law: Pack, day: date) -> Terms:
    courses, certificates = law.listed("agent_courses", day), law.listed("agent_certificates", day)
    return Terms(
        day,
        frozenset(Course(each) for each in courses),
        frozenset(Course(each) for each in certificates),
        certificate_months(law, day),
    )


def standing_of(terms: Terms, known: Known) -> Standing:
    """What the gate is told: an unknown agency or agent, or an agent of another employer, is not active."""
    own = known.actor == LENDER
    return Standing(
        agency=known.agency_code,
        agency_active=own or (known.agency_code is not None and not known.suspended),
        agency_contract_from=known.contract_from,
        agency_contract_until=known.contract_until,
        agency_reviewed_on=known.reviewed_on,
        agent=None if known.agent_agency is None else known.agent,
        agent_active=known.agent is None or (known.agent_agency == known.actor and not known.deactivated),
        agent_trained_on=trained_on(terms, known.passed),
    )


def trained_on(terms: Terms, passed: Iterable[Passed]) -> date | None:
    """The day from which the law's months of a certificate count, None for who is not trained (CN-TRN-01).

    Every course the law wants has to have been passed; the oldest counts. A certificate that names an end earlier than
    those months is counted from so much earlier, and one without a term only has to be there and not at its end.
    """
    months = terms.months
    last = {each.course: each for each in passed if each.passed_on <= terms.day}
    if months is None or not terms.courses or not terms.courses | terms.certificates <= last.keys():
        return None
    ends = [last[course].expires_on for course in terms.certificates]
    if any(end is not None and end <= terms.day for end in ends):
        return None
    return min(_counted_from(last[course], months) for course in terms.courses)


def _counted_from(passed: Passed, months: int) -> date:
    end = passed.expires_on
    return passed.passed_on if end is None else min(passed.passed_on, add_months(end, -months))


def certificate_months(law: Pack, day: date) -> int | None:
    """For how many months a course counts; None where the law says nothing yet."""
    return law.value("agent_certificate_months", day, int)


def expiry(law: Pack, course: Course, passed_on: date, named: date | None) -> date | None:
    """The first day on which a training no longer counts: the law's months after it, or its own end if that is earlier.

    A certificate that the law wants once has no term but its own.
    """
    months = certificate_months(law, passed_on)
    if months is None or course in law.listed("agent_certificates", passed_on):
        return named
    legal = add_months(passed_on, months)
    return legal if named is None else min(legal, named)


def review_due_on(law: Pack, reviewed_on: date | None, today: date) -> date | None:
    """When the next review has to be made (CN-OUT-01); None: at once, because none was ever passed."""
    if reviewed_on is None:
        return None
    due = law.value("agency_review", today, ReviewDue)
    return None if due is None else add_months(reviewed_on, due.months)


def review_missing(law: Pack, reviewed_on: date | None, today: date) -> ReviewDue | None:
    """The rule that an agency's review breaks today, if it does: on the anniversary it is due already."""
    due = law.value("agency_review", today, ReviewDue)
    if due is None:
        return None
    if reviewed_on is not None and reviewed_on <= today < add_months(reviewed_on, due.months):
        return None
    return due


def may_renew(law: Pack, reviewed_on: date | None, today: date) -> bool:
    """Whether an agency's contract may be made longer: where the law wants a review before that, one that counts."""
    if not law.value("renewal_needs_review", today, bool):
        return True
    return review_missing(law, reviewed_on, today) is None


def reviewed_by(law: Pack, due_by: date, today: date) -> date | None:
    """An agency last reviewed on this day or before is due on `due_by`; None where the law wants no reviews."""
    due = law.value("agency_review", today, ReviewDue)
    if due is None:
        return None
    # The 28th plus a year is the 28th, also for the 29th of February: the day after is tried first.
    latest = add_months(due_by, -due.months)
    following = latest + DAY
    return following if add_months(following, due.months) <= due_by else latest
