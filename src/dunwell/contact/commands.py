"""`dunwell contact …`: put paper cases to the gate, without a database."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from dunwell.contact.cases import Judged, judge_case, read_cases, shown
from dunwell.kernel.errors import Invalid


@click.group("contact")
def contact() -> None:
    """The contact gate."""


@contact.command("judge")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def judge_file(file: Path, *, as_json: bool) -> None:
    """Judge the cases in FILE; exit 1 when an answer is not the expected one."""
    try:
        judged = [judge_case(case) for case in read_cases(file.read_bytes())]
    except Invalid as error:
        raise click.ClickException(
            "\n".join([error.detail, *(str(fault) for fault in error.faults)])
        ) from error
    if as_json:
        click.echo(json.dumps([shown(each) for each in judged], ensure_ascii=False, indent=2))
    else:
        _print(judged)
    if any(each.agrees is False for each in judged):
        raise SystemExit(1)


def _print(judged: list[Judged]) -> None:
    table = Table("Case", "Verdict", "Until", "Reasons", "Duties", "Agrees")
    words = {None: "", True: "yes", False: "NO"}
    for each in judged:
        verdict = each.verdict
        until = (
            verdict.until.astimezone(each.case.now.tzinfo).isoformat() if verdict and verdict.until else ""
        )
        table.add_row(
            each.case.id,
            verdict.answer.value if verdict else "policy refused",
            until,
            ", ".join(verdict.codes) if verdict else each.policy_error,
            ", ".join(verdict.duties) if verdict else "",
            words[each.agrees],
        )
    console = Console()
    console.print(table)
    expected = [each.agrees for each in judged if each.agrees is not None]
    console.print(f"{len(judged)} cases, {sum(expected)} of {len(expected)} as expected")
