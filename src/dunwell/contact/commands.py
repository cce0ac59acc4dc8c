"""`dunwell contact …` and `dunwell content …`: put paper cases and texts to the gate, without a database."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dunwell.contact.cases import Judged, Unread, judge_all, shown
from dunwell.contact.content import files
from dunwell.contact.content.messages import Checked
from dunwell.kernel.errors import DunwellError, Invalid

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("contact")
def contact() -> None:
    """The contact gate."""


@contact.command("judge")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def judge_file(file: Path, *, as_json: bool) -> None:
    """Judge the cases in FILE; exit 1 when an answer is not the expected one, or a case cannot be judged."""
    try:
        judged = judge_all(file.read_bytes())
    except Invalid as error:
        raise _said(error) from error
    if as_json:
        click.echo(json.dumps([shown(each) for each in judged], ensure_ascii=False, indent=2))
    else:
        _print(judged)
    unread = [each for each in judged if isinstance(each, Unread)]
    for each in unread:
        click.echo("\n".join([f"Error: case {each.id} cannot be", *map(str, each.faults)]), err=True)
    if unread or any(isinstance(each, Judged) and each.agrees is False for each in judged):
        raise SystemExit(1)


@click.group("content")
def content() -> None:
    """What messages say (内容检查)."""


@content.command("check")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def check_file(file: Path, *, as_json: bool) -> None:
    """Check the messages in FILE; exit 1 when they carry labels and an answer differs."""
    try:
        if file.stat().st_size > files.LARGEST:
            raise click.ClickException(f"the file is larger than {files.LARGEST} bytes: split it")
        given = files.read_messages(file.read_bytes())
    except DunwellError as error:
        raise _said(error) from error
    checked = files.check_all(given)
    if as_json:
        rows = [files.shown(*pair) for pair in zip(given, checked, strict=True)]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _print_checked(given, checked)
    counted = files.tally(given, checked)
    if counted is None:
        return
    click.echo(
        f"{counted.agreeing} of {counted.expected} labels as expected; of what is not ok: "
        f"precision {counted.precision:.3f}, recall {counted.recall:.3f}",
        err=as_json,
    )
    if counted.agreeing < counted.expected:
        raise SystemExit(1)


def _said(error: DunwellError) -> click.ClickException:
    return click.ClickException("\n".join([error.detail, *(str(fault) for fault in error.faults)]))


def _print_checked(given: list[files.Given], checked: list[Checked]) -> None:
    table = Table("Message", "Label", "Classes", "Found", "Expected")
    for each, found in zip(given, checked, strict=True):
        table.add_row(
            escape(str(each.id)),
            found.label.value,
            ", ".join(found.classes),
            escape(" · ".join(found.found)),
            each.expected.value if each.expected else "",
        )
    Console().print(table)


def _print(answers: list[Judged | Unread]) -> None:
    table = Table("Case", "Verdict", "Until", "Reasons", "Duties", "Agrees")
    words = {None: "", True: "yes", False: "NO"}
    judged = [each for each in answers if isinstance(each, Judged)]
    for each in judged:
        verdict = each.verdict
        until = (
            verdict.until.astimezone(each.case.now.tzinfo).isoformat() if verdict and verdict.until else ""
        )
        table.add_row(
            escape(each.case.id),
            verdict.answer.value if verdict else "policy refused",
            until,
            ", ".join(verdict.codes) if verdict else each.policy_error,
            ", ".join(verdict.duties) if verdict else "",
            words[each.agrees],
        )
    console = Console()
    console.print(table)
    expected = [each.agrees for each in judged if each.agrees is not None]
    unread = len(answers) - len(judged)
    console.print(
        f"{len(answers)} cases, {sum(expected)} of {len(expected)} as expected"
        + (f", {unread} not judged" if unread else "")
    )
