"""Tokens, their scopes, and what can be wrong with them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dunwell.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from dunwell.kernel.ids import TokenId

SCOPES: Final[dict[str, str]] = {
    "borrowers:read": "who owes, with masked contact points",
    "borrowers:write": "add and change borrowers",
    "borrowers:reveal": "see names and numbers in clear; every look is an audit event",
    "loans:read": "loans, schedules, ledgers, days past due",
    "loans:write": "add and change loans",
    "applications:read": "applications for loans, their scores and history; what is offered",
    "applications:write": "apply, submit, accept, withdraw and pay out; also saves the applicant",
    "applications:approve": "approve and decline applications that others made, up to the tenant's limit",
    "applications:approve-high": "approve above that limit, or against the scorecard's proposal",
    "payments:read": "payments and how they were allocated",
    "payments:write": "record and reverse payments",
    "tapes:read": "reports of loan tapes",
    "tapes:write": "load loan tapes",
    "statements:read": "bank and payment statements, what became of their entries, the queue of the unmatched",
    "statements:write": "load statements, decide about their entries, tell numbers that debtors pay by",
    "contacts:read": "contacts, verdicts, dry runs of the gate",
    "contacts:write": "opt-outs, consents and contact requests",
    "permits:ask": "ask to call, visit or write by hand; see the number of what is allowed, hand it back",
    "permits:read": "permits, whose outcome is owed, what was found in notes",
    "permits:write": "tell outcomes of permits, record contacts that came in",
    "holds:read": "holds on contact",
    "holds:write": "place and lift holds",
    "messages:read": "messages, their attempts and reports",
    "messages:write": "settle messages whose outcome is unknown",
    "cadences:read": "cadences and what they planned",
    "cadences:write": "publish cadences",
    "law:read": "the law and the lender's own values of any day, the calendar",
    "agents:read": "agencies, agents, their trainings and reviews, registered senders",
    "agents:write": "register and change agencies, agents, trainings and senders; see an agent's name",
    "audit:read": "audit events, checkpoints, proofs, exports",
    "tokens:read": "which tokens there are",
    "tokens:write": "issue and revoke tokens",
    "schema:read": "the OpenAPI document",
}
OPERATOR_SCOPES: Final[dict[str, str]] = {
    "tenants:read": "which tenants there are, and their state",
    "tenants:write": "add, publish, suspend and resume tenants",
    "health:read": "the state of every tenant's queues",
}
# A token that lives longer is a password nobody changes.
MOST_DAYS: Final = 400
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)


class WrongTokenRequest(Invalid):
    """No such token can be issued."""

    code = "token.invalid"


class ScopeNotHeld(Forbidden):
    """Nobody can give away what he does not hold."""

    code = "token.scope-not-held"


class TokenNotFound(NotFound):
    """There is no such token here."""

    code = "token.not-found"


class KeyReused(Invalid):
    """The idempotency key came before with another request."""

    code = "idempotency.key-reused"


class KeyInUse(Conflict):
    """The first request with this idempotency key is still under way."""

    code = "idempotency.in-progress"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it may be listed. Times are the database's, not the tenant's test clock."""

    id: TokenId
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssueToken:
    """`name` is a label such as `loader`, never a person's name; `days` is how long it lives."""

    name: str
    scopes: frozenset[str]
    days: int


@dataclass(frozen=True, slots=True)
class Issued:
    """`secret` is the whole bearer token; it is shown here and nowhere again."""

    token: Token
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListTokens:
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to the first request with an idempotency key."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that may come twice: its key, whose it is, where to, and a digest of what it said."""

    key: str
    actor: str
    route: str
    digest: bytes


def check(command: IssueToken, known: dict[str, str]) -> None:
    """Raises `WrongTokenRequest` naming every fault."""
    faults = [
        Fault("scopes", f"unknown scope {scope[:40]!r}", "see the list of scopes")
        for scope in sorted(command.scopes - known.keys())
    ]
    if not command.scopes:
        faults.append(Fault("scopes", "none given", "name at least one"))
    if not NAME.fullmatch(command.name):
        faults.append(Fault("name", "not a label", "lower-case letters, digits and hyphens, at most 63"))
    if not 1 <= command.days <= MOST_DAYS:
        faults.append(Fault("days", f"not between 1 and {MOST_DAYS}", "issue a new token before it runs out"))
    if faults:
        raise WrongTokenRequest("no such token can be issued", faults=faults)
