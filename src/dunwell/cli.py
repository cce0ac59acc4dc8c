"""The `dunwell` command: the operator's commands, and those the areas bring."""

import importlib
import sys
from typing import Final, NoReturn

import click
from rich.console import Console

from dunwell.kernel.errors import Broken, DunwellError, Refused

# Commands by the module that has them; each is imported when it is called, so `dunwell --help` is quick.
COMMANDS: Final = {
    "audit": "dunwell.audit.commands:audit",
    "calendar": "dunwell.law.commands:calendar",
    "clock": "dunwell.tenant_commands:clock",
    "contact": "dunwell.contact.commands:contact",
    "content": "dunwell.contact.commands:content",
    "demo": "dunwell.embedded.commands:demo",
    "law": "dunwell.law.commands:law",
    "migrate": "dunwell.tenant_commands:migrate",
    "openapi": "dunwell.commands:openapi",
    "papers": "dunwell.papers.commands:papers",
    "rehearse": "dunwell.rehearsal.commands:rehearse_command",
    "replay": "dunwell.replay.commands:replay",
    "run": "dunwell.commands:run",
    "statement": "dunwell.statements.commands:statement",
    "tape": "dunwell.intake.commands:tape",
    "tenant": "dunwell.tenant_commands:tenant",
    "token": "dunwell.access.commands:token",
}


class Commands(click.Group):
    """Finds a command by name in `COMMANDS`, and imports the module only then."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        found: object = getattr(importlib.import_module(module), name)
        if not isinstance(found, click.Command):
            raise Broken(f"{place} is no command")
        return found


@click.command(cls=Commands, help="贷后管理后台 · The back office that runs overdue loans lawfully.")
def dunwell() -> None:
    """Root of all commands."""


def main() -> NoReturn:
    """Run a command; our own errors become words and an exit code: 1 refused, 2 misuse, 3 not there now."""
    try:
        dunwell(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except DunwellError as error:
        show(error)
        sys.exit(1 if isinstance(error, Refused) else 3)
    sys.exit(0)


def show(error: DunwellError) -> None:
    """Print an error with each of its faults on a line."""
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]{error.code}[/]", end=" ")
    if error.faults:
        console.print()
        for fault in error.faults:
            console.print(f"  · {fault}", markup=False)
    else:
        console.print(error.detail, markup=False)
