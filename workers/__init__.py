"""The workers: arq processes that do a tenant's due work.

PostgreSQL holds the work and arq only says "look now": losing all of Redis costs at most one sweep
(`schedule.SWEEP_SECONDS`). Nothing in `dunwell` imports this package, and nothing but this package imports arq.
"""
