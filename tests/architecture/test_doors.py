"""Every way in is guarded: routes, jobs, commands."""

import asyncio
import importlib
import inspect
import re
from types import ModuleType

import click
import pytest

from dunwell.app import create_app
from dunwell.cli import COMMANDS
from dunwell.settings import Settings
from dunwell.web.guards import guard_of, own_handlers
from workers import jobs
from workers.job import JOBS, Job
from workers.settings import LANES

MODULES = [found for name in jobs.__all__ if inspect.ismodule(found := getattr(jobs, name))]
MODULES = [module for module in MODULES if module.__name__.startswith("workers.jobs.")]
NOWHERE = Settings(cells={"main": ""}, redis_url="redis://", master_key="")


def test_every_route_has_one_guard() -> None:
    handlers = own_handlers(create_app(NOWHERE))
    assert len(handlers) > 20
    for _, handler in handlers:
        guard_of(handler)


def test_every_job_has_a_name_and_a_lane() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-z-]+", name) for name in JOBS)
    served = [name for lane in LANES.values() for name in lane.jobs]
    assert sorted(served) == sorted(JOBS), "a job belongs to exactly one lane"


def test_a_job_takes_only_strings() -> None:
    parameters = list(inspect.signature(Job.run).parameters.values())[2:]
    assert all(parameter.annotation is str for parameter in parameters)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_job_wears_the_decorator(module: ModuleType) -> None:
    bare = [
        name
        for name, value in vars(module).items()
        if asyncio.iscoroutinefunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]
    assert not bare, f"{module.__name__}: {bare} are neither jobs nor private"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_explains_itself(name: str) -> None:
    module, _, attribute = COMMANDS[name].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.help
    for inner in command.commands.values() if isinstance(command, click.Group) else []:
        assert inner.help, f"dunwell {name} {inner.name}"
