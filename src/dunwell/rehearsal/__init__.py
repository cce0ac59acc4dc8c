"""Rehearsal: what other files would have done, or will do, before anybody publishes them.

Two sides live the same days: a published version, and another version or files that are only proposed. *History*
walks through days that were, on what was known then (holds, refusals, payments as they were booked); *forecast*
through days to come, as if nobody paid. On both, cadences pick their steps, the gate judges every one at its hour on
the contacts of its own side, and nothing is kept but counts and the steps that the sides treat differently.

Words: a *span* is the time in which a loan's oldest unpaid due date stayed the same; a *difference* is a loan, day and
channel with another step, answer or reason.

Tables owned: `rehearsals`, `rehearsal_differences`.
"""
