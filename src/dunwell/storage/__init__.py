"""PostgreSQL, and nothing about loans: the pool, the runner, the queue, facts, keys, migrations."""
