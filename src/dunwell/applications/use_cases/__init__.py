"""What can be done with applications: apply, submit, decide, review, accept, withdraw, pay out, read, recompute."""

from dunwell.applications.use_cases.applying import apply, submit
from dunwell.applications.use_cases.deciding import approve, decline, review
from dunwell.applications.use_cases.lending import accept, disburse, withdraw
from dunwell.applications.use_cases.reading import application, applications, recompute
from dunwell.applications.use_cases.rulebook import products

__all__ = [
    "accept",
    "application",
    "applications",
    "apply",
    "approve",
    "decline",
    "disburse",
    "products",
    "recompute",
    "review",
    "submit",
    "withdraw",
]
