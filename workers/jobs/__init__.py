"""The jobs, one module per area; importing this package fills the table of jobs (`workers.job.JOBS`)."""

from workers import schedule
from workers.job import JOBS
from workers.jobs import audit, bulk, facts, messages

ALL = frozenset(JOBS)

__all__ = ["ALL", "audit", "bulk", "facts", "messages", "schedule"]
