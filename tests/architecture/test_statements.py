"""Every SQL constant runs against a migrated tenant or the control plane, and each table has one writer."""

import ast
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.architecture.source import PACKAGE, WORKERS, Statement, module_name, statements, tree

# SELECT *, RETURNING *, t.*; not count(*) and not a product.
STAR = re.compile(r"\b(?:SELECT|RETURNING|DISTINCT|ALL)\s+\*|\.\*|,\s*\*\s*(?:,|FROM\b)")
# These need no table, or say what they need with the login's own rights (provisioning, migrations).
OWN_RIGHTS = ("dunwell.storage.migrate", "dunwell.tenancy.provisioning", "dunwell.storage.tenant")
PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE")


def _name(statement: Statement) -> str:
    return str(statement)


@pytest.fixture(scope="module")
async def bound(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def _refusal(
    connection: asyncpg.Connection, statement: Statement, schema: str, role: str
) -> str | None:
    """Why PostgreSQL would not run it there; `None` if it would."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL search_path = {schema}, pg_temp; SET LOCAL ROLE {role}")
        await connection.prepare(statement.sql)
        plannable = statement.sql.split()[0] in PLANNED
        if plannable and connection.get_server_version().major >= 16:
            # A plan asks for the rights too, which preparing does not.
            await connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement.sql}")
    except asyncpg.PostgresError as error:
        return f"{role}: {error}"
    else:
        return None
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("statement", statements(), ids=_name)
async def test_a_statement_runs_with_the_rights_it_will_have(
    bound: asyncpg.Connection, statement: Statement
) -> None:
    login = await bound.fetchval("SELECT session_user")
    places = [("t_acme", "t_acme"), ("control", "dunwell_control")]
    if statement.module.startswith(OWN_RIGHTS):
        places = [("pg_catalog", login), ("t_acme", login)]
    refusals = [await _refusal(bound, statement, *place) for place in places]
    assert None in refusals, f"{statement} runs neither as a tenant nor on the control plane: {refusals}"


@pytest.mark.parametrize("statement", statements(), ids=_name)
def test_a_statement_names_its_columns(statement: Statement) -> None:
    assert not STAR.search(statement.bare), f"{statement}: name the columns instead of *"


def test_statements_were_found() -> None:
    assert len(statements()) > 100


def _copied() -> Iterator[tuple[str, str]]:
    """Tables filled by COPY: the first argument of `copy_in`."""
    for path in [*PACKAGE.rglob("*.py"), *WORKERS.rglob("*.py")]:
        for node in ast.walk(tree(path)):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if named and node.func.attr == "copy_in" and isinstance(node.args[0], ast.Constant):
                yield module_name(path), str(node.args[0].value)


def test_every_table_is_written_by_one_area() -> None:
    writers: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for statement in statements():
        for table in statement.written():
            writers[table.removeprefix("control.")][statement.area].append(str(statement))
    for module, table in _copied():
        writers[table][module.split(".")[1]].append(module)
    shared = {table: {**by} for table, by in writers.items() if len(by) > 1 and "." not in table}
    assert not shared, "a table has one writing area; call its use case, or append a fact"


def test_sql_stands_in_queries_or_in_storage() -> None:
    strays = [
        str(statement)
        for statement in statements()
        if ".queries" not in statement.module
        and not statement.module.startswith(("dunwell.storage", *OWN_RIGHTS))
    ]
    assert not strays, "SQL belongs into the area's queries.py, above the one function that runs it"
