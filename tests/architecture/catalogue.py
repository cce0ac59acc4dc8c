"""A schema written down from PostgreSQL's own catalogue, the same on every supported version."""

from typing import Final

import asyncpg

COLUMNS: Final = """
SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS "default", a.attidentity <> '' AS counted,
       a.attgenerated <> '' AS generated
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v')
 ORDER BY c.relname, a.attnum
"""

# NOT NULL is a constraint of its own from version 18 on; the columns above tell it already.
CONSTRAINTS: Final = """
SELECT c.relname AS "table", t.conname AS name, pg_get_constraintdef(t.oid) AS definition
  FROM pg_constraint t
  JOIN pg_class c ON c.oid = t.conrelid
 WHERE t.connamespace = $1::regnamespace AND t.contype <> 'n'
 ORDER BY c.relname, t.conname
"""

INDEXES: Final = """
SELECT c.relname AS "table", pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = $1::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint t WHERE t.conindid = i.indexrelid)
 ORDER BY c.relname, i.indexrelid::regclass::text
"""

SETTINGS: Final = """
SELECT c.relname AS "table", array_to_string(c.reloptions, ', ') AS definition
  FROM pg_class c
 WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND c.reloptions IS NOT NULL
 ORDER BY c.relname
"""

# Rights on whole tables and on single columns, by role, without those of the owner.
RIGHTS: Final = """
SELECT c.relname AS "table", g.grantee::regrole::text AS role, '' AS "column",
       string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type) AS rights
  FROM pg_class c, aclexplode(c.relacl) g
 WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v') AND g.grantee NOT IN (0, c.relowner)
 GROUP BY 1, 2, 3
 UNION ALL
SELECT c.relname, g.grantee::regrole::text, a.attname,
       string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type)
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped, aclexplode(a.attacl) g
 WHERE c.relnamespace = $1::regnamespace AND g.grantee NOT IN (0, c.relowner)
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
"""

ROUTINES: Final = """
SELECT pg_get_functiondef(p.oid) AS definition
  FROM pg_proc p
 WHERE p.pronamespace = $1::regnamespace
 ORDER BY p.proname
"""

TRIGGERS: Final = """
SELECT c.relname AS "table", pg_get_triggerdef(t.oid) AS definition
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = $1::regnamespace AND NOT t.tgisinternal
 ORDER BY c.relname, t.tgname
"""


async def described(connection: asyncpg.Connection, schema: str) -> str:
    """The schema as text; its own name and role read `:schema`, so that two tenants can be compared."""
    tables: dict[str, list[str]] = {}
    for row in await connection.fetch(COLUMNS, schema):
        tables.setdefault(row["table"], []).append(_column(row))
    for row in await connection.fetch(CONSTRAINTS, schema):
        tables[row["table"]].append(f"    CONSTRAINT {row['name']} {row['definition']}")
    for query in (INDEXES, SETTINGS, TRIGGERS):
        for row in await connection.fetch(query, schema):
            tables[row["table"]].append(f"    {row['definition']}")
    for row in await connection.fetch(RIGHTS, schema):
        column = f" ({row['column']})" if row["column"] else ""
        tables[row["table"]].append(f"    {row['role']} may {row['rights']}{column}")
    lines = [line for name, inside in sorted(tables.items()) for line in (f"{name}", *inside, "")]
    lines += [row["definition"] for row in await connection.fetch(ROUTINES, schema)]
    return "\n".join(lines).replace(schema, ":schema").rstrip("\n") + "\n"


def _column(row: asyncpg.Record) -> str:
    parts = [f"    {row['column']}", row["type"]]
    if row["required"]:
        parts.append("NOT NULL")
    if row["counted"]:
        parts.append("IDENTITY")
    if row["default"] is not None:
        parts.append(f"{'GENERATED' if row['generated'] else 'DEFAULT'} {row['default']}")
    return " ".join(parts)
