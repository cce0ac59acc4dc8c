"""Nobody goes around the gate: every path of code to a provider, or to a clear number, passes an allowing verdict.

The graph of imports tells who can reach a provider at all; the syntax trees tell who hands something to one, who
makes what is handed over, and who opens a number. What the database says to the same is in
`tests/contact/test_no_way_around.py`.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import grimp
import pytest

from tests.architecture.source import PACKAGE, WORKERS, module_name, statements, tree

# Whatever could talk to another machine. Databases and Redis have their own places, and send nothing to people.
NETWORK: Final = {
    *("aiohttp", "aiosmtplib", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "ssl"),
    *("telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc"),
}
CARRIERS: Final = ("dunwell.channels.providers.smtp", "dunwell.channels.providers.sms_http")
# They ask for a free port, a host's name, or whether our own server is up.
AT_HOME: Final = {"dunwell.embedded.valkey", "dunwell.embedded.demo", "workers.settings"}

# Who may ask for a clear address, and why.
OPENERS: Final = {
    "dunwell.channels.use_cases.claiming": "an attempt that the gate allowed is written in the same transaction",
    "dunwell.contact.use_cases.permits.using": "a permit, judged again in the same transaction",
    "dunwell.contact.use_cases.numbering": "the gate reads the area code; of the number nothing leaves it",
}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("dunwell", "workers", include_external_packages=True, cache_dir=None)


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted([*PACKAGE.rglob("*.py"), *WORKERS.rglob("*.py")]):
        yield module_name(path), tree(path)


def called(name: str, inside: str = "") -> set[str]:
    """Functions, as `module:function`, in which something of that name is called, bare or as an attribute.

    A private name is looked for `inside` its own module; nobody else can import it (ruff and pyright see to it).
    """
    return {
        f"{module}:{function.name}"
        for module, parsed in sources()
        if module.startswith(inside)
        for function in ast.walk(parsed)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and _name(node.func) == name
    }


def mentioned(name: str) -> set[str]:
    """Modules in which a name is imported, called or passed on."""
    return {
        module
        for module, parsed in sources()
        for node in ast.walk(parsed)
        if (isinstance(node, ast.Name | ast.Attribute) and _name(node) == name)
        or (isinstance(node, ast.ImportFrom) and name in {each.name for each in node.names})
    }


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_only_providers_talk_to_other_machines():
    strangers = {
        (module, node.names[0].name if isinstance(node, ast.Import) else str(node.module))
        for module, parsed in sources()
        for node in ast.walk(parsed)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [each.name for each in node.names] if isinstance(node, ast.Import) else [str(node.module)]
        )
        if any(name == each or name.startswith(f"{each}.") for each in NETWORK)
    }
    assert {module for module, _ in strangers} == {*CARRIERS, *AT_HOME}, strangers


@pytest.mark.parametrize("provider", ["accounts", "sandbox", "smtp", "sms_http", "signature"])
def test_only_dispatch_reaches_a_provider(provider: str):
    importers = graph().find_modules_that_directly_import(f"dunwell.channels.providers.{provider}")
    outside = {each for each in importers if not each.startswith("dunwell.channels.providers.")}
    assert outside <= {"dunwell.channels.dispatch"}


def test_providers_know_nothing_they_could_send_by_themselves():
    """They see what they are given: no storage, no use case, no borrower."""
    for module in graph().find_descendants("dunwell.channels.providers"):
        for forbidden in ("dunwell.storage", "dunwell.borrowers", "dunwell.channels.use_cases"):
            reached = {forbidden, *graph().find_descendants(forbidden)}
            direct = graph().find_modules_directly_imported_by(module)
            assert not direct & reached, module


def test_a_message_is_handed_over_in_one_place():
    assert called("submit") == {"dunwell.channels.sending:_submit"}
    assert called("_submit", "dunwell.channels.sending") == {"dunwell.channels.sending:send_batch"}


def test_what_is_handed_over_was_claimed_and_may_go():
    """`_submit` gets the outgoing of a claim, and hands over those that `hand_over` let go in its own transaction."""
    sending = dict(sources())["dunwell.channels.sending"]
    functions = {node.name: node for node in sending.body if isinstance(node, ast.AsyncFunctionDef)}
    calls = [
        node
        for node in ast.walk(functions["send_batch"])
        if isinstance(node, ast.Call) and _name(node.func) == "_submit"
    ]
    assert [ast.unparse(call.args[3]) for call in calls] == ["claimed.outgoing"]
    assert "use_cases.claim_batch" in ast.unparse(functions["send_batch"])
    text = ast.unparse(functions["_submit"])
    assert "going = [each for each in part if each.message in handed.go]" in text
    assert "provider.submit(going, handed.at)" in text


def test_what_a_provider_is_given_is_made_of_an_attempt_under_a_verdict():
    place = "dunwell.channels.use_cases.claiming"
    assert called("Outgoing") == {f"{place}:_outgoing"}
    assert called("NewAttempt") == {f"{place}:_attempt"}
    assert called("_outgoing", place) == called("_attempt", place) == {f"{place}:_prepared"}
    assert called("_prepared", place) == {f"{place}:claim_batch"}
    claiming = dict(sources())[place]
    claim = next(n for n in claiming.body if isinstance(n, ast.AsyncFunctionDef) and n.name == "claim_batch")
    text = ast.unparse(claim)
    assert "phase=Phase.SEND" in text
    assert "if verdict.allowed and verdict.id" in text
    assert "_prepared(tx, allowed, " in text


def test_a_clear_number_is_opened_in_three_places():
    assert {place.partition(":")[0] for place in called("open_points")} == set(OPENERS)
    assert mentioned("open_points") == {*OPENERS, "dunwell.borrowers.use_cases"}, "named by whoever calls it"


def test_a_sealed_number_is_read_and_opened_by_borrowers_only():
    """Whoever shows everything about a person does so under a scope of its own, with a reason, and audited."""
    assert called("open_point") == {
        "dunwell.borrowers.use_cases.reading:open_points",
        "dunwell.borrowers.use_cases.reading:reveal",
    }
    assert mentioned("reveal") >= {"dunwell.borrowers.routes"}
    reading = {
        statement.area
        for statement in statements()
        if re.search(r"\bcontact_points\b", statement.bare) and re.search(r"\bsealed\b", statement.bare)
    }
    assert reading == {"borrowers"}


def test_a_permit_is_issued_and_shown_in_one_place_each():
    permits = "dunwell.contact.use_cases.permits"
    assert called("insert_permit") == {f"{permits}.asking:_issue"}
    assert called("_issue", permits) == {f"{permits}.asking:ask_permit"}
    assert called("mark_revealed") == {f"{permits}.using:reveal_permit"}
    using = dict(sources())[f"{permits}.using"]
    reveal = next(n for n in using.body if isinstance(n, ast.AsyncFunctionDef) and n.name == "reveal_permit")
    names = [
        _name(node.func)
        for node in sorted(
            (node for node in ast.walk(reveal) if isinstance(node, ast.Call)),
            key=lambda node: (node.lineno, node.col_offset),
        )
    ]
    order = ["held_permit", "check_holder", "check_revealing", "judge_again", "open_points", "mark_revealed"]
    assert [name for name in names if name in order] == order
    assert "if verdict.allowed else None" in ast.unparse(reveal)


def test_touches_and_verdicts_are_written_by_the_gate_only():
    writers = {
        table: {str(statement.module) for statement in statements() if table in statement.written()}
        for table in ("contact_verdicts", "contacts", "contact_slots", "message_attempts", "permits")
    }
    assert writers == {
        "contact_verdicts": {"dunwell.contact.queries.records"},
        "contacts": {"dunwell.contact.queries.records"},
        "contact_slots": {"dunwell.contact.queries.records"},
        "message_attempts": {"dunwell.channels.queries.outbox"},
        "permits": {"dunwell.contact.queries.permits"},
    }
