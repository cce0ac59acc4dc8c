"""Real PostgreSQL and Valkey from packages, for `make demo` and the tests.

Nothing here is a substitute for a database server that somebody looks after: with `DATABASE_URL` and
`REDIS_URL` set, nothing is started and those servers are used. The servers listen on Unix sockets in a
private folder only, ask for a password, and end with the process that started them, however it ends.
"""
