"""`dunwell papers …`: put paper cases of money, clocks, plans, people and visits to the rules, without a database."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from dunwell.papers.model import Judged, PapersBroken
from dunwell.papers.reading import judge_all, shown


@click.group("papers", help="纸面案例 · cases on paper, put to the rules without a database.")
def papers() -> None:
    """Group."""


@papers.command(
    "judge", help="判定案例 · judge the cases in FILE; exit 1 when an answer is not the expected one."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · print a JSON array instead of a table.")
def judge_file(file: Path, *, as_json: bool) -> None:
    """A case that cannot be is not judged and its faults are printed; the rest of the file is."""
    try:
        judged = judge_all(file.read_bytes())
    except PapersBroken as error:
        raise click.ClickException(
            "\n".join([error.detail, *(str(fault) for fault in error.faults)])
        ) from error
    if as_json:
        click.echo(json.dumps([shown(each) for each in judged], ensure_ascii=False, indent=2))
    else:
        _print(judged)
    for each in judged:
        if each.faults:
            said = "\n".join(map(str, each.faults))
            click.echo(f"Error: case {each.case.id} cannot be judged\n{said}", err=True)
    if any(each.agrees is False or each.faults for each in judged):
        raise SystemExit(1)


def _print(judged: list[Judged]) -> None:
    table = Table("Case", "Kind", "Answer", "Reasons", "Agrees")
    words = {None: "", True: "yes", False: "NO"}
    for each in judged:
        answer = dict(each.answer or {})
        reasons = ", ".join(answer.pop("reasons", []))
        answer.pop("rules", None)
        said = "\n".join(f"{key} {_plain(value)}" for key, value in answer.items() if value not in ([], {}))
        table.add_row(
            each.case.id,
            each.case.kind,
            said if each.answer is not None else "cannot be" if each.faults else "not judged yet",
            reasons,
            words[each.agrees],
        )
    console = Console()
    console.print(table, markup=False)
    compared = [each.agrees for each in judged if each.agrees is not None]
    unjudged = sum(each.answer is None and not each.faults for each in judged)
    console.print(
        f"{len(judged)} cases, {sum(compared)} of {len(compared)} as expected, {unjudged} not judged yet"
    )


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
