"""What came of reconciling a tape, for people and for programs."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table

from dunwell.intake.reconciling import Reconciliation, Tally


def _percent(share: Decimal) -> str:
    return f"{share * 100:.2f} %"


LINES: Final[tuple[tuple[str, Callable[[Tally], str]], ...]] = (
    ("核对的行 rows checked", lambda tally: str(tally.checked)),
    ("一致 agree", lambda tally: str(tally.agree)),
    ("限于文件精度 as near as the tape is precise", lambda tally: str(tally.imprecise)),
    ("不一致 differ", lambda tally: str(tally.differ)),
    ("相差不超过 1.00 within 1.00", lambda tally: str(tally.near)),
    ("另计 set aside", lambda tally: str(tally.aside.total())),
    ("无可核对 nothing to check", lambda tally: str(tally.silent)),
    ("一致占比 share that agrees", lambda tally: _percent(tally.share)),
    ("至少 at least", lambda tally: _percent(tally.at_least)),
    ("", lambda tally: "[green]✓[/]" if tally.sound else "[red]✗[/]"),
)


def show(found: Reconciliation, console: Console, most: int) -> None:
    """A column per check, then up to `most` differing rows of each."""
    console.print(
        f"{found.profile}: {found.rows} 行 rows, {found.skipped} 略过 skipped, "
        f"{found.unreadable} 读不了 unreadable"
    )
    table = Table("", *(tally.name for tally in found.tallies))
    for title, cell in LINES:
        table.add_row(title, *(cell(tally) for tally in found.tallies))
    console.print(table)
    for tally in found.tallies:
        _reasons(tally, console, most)
    for problem in found.problems[:most]:
        line = f"✗ 行 line {problem.line} {problem.column}: {problem.problem} — {problem.remedy}"
        console.print(line, markup=False)


def as_json(found: Reconciliation) -> str:
    """The same as one JSON document."""
    checks = [
        {
            "check": tally.name,
            "checked": tally.checked,
            "agree": tally.agree,
            "imprecise": tally.imprecise,
            "within_one": tally.near,
            "differ": tally.differ,
            "set_aside": dict(tally.aside),
            "nothing_to_check": tally.silent,
            "share": str(round(tally.share, 6)),
            "at_least": str(tally.at_least),
            "sound": tally.sound,
            "reasons": dict(tally.reasons),
            "rows": [
                {
                    "line": each.line,
                    "loan": each.reference,
                    "expected": each.expected,
                    "found": each.found,
                    "reason": each.reason,
                }
                for each in tally.findings
            ],
        }
        for tally in found.tallies
    ]
    whole = {
        "profile": found.profile,
        "rows": found.rows,
        "skipped": found.skipped,
        "unreadable": found.unreadable,
        "problems": [
            {"line": each.line, "column": each.column, "problem": each.problem, "remedy": each.remedy}
            for each in found.problems
        ],
        "sound": found.sound,
        "checks": checks,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _reasons(tally: Tally, console: Console, most: int) -> None:
    for reason, count in (*tally.aside.most_common(), *tally.reasons.most_common()):
        console.print(f"{tally.name}: {count} × {reason}", markup=False)
    if not tally.findings or not most:
        return
    table = Table(
        "行 line", "贷款 loan", "应为 expected", "文件 on the tape", "原因 reason", title=tally.name
    )
    for each in tally.findings[:most]:
        table.add_row(str(each.line), each.reference, each.expected, each.found, each.reason)
    console.print(table)
