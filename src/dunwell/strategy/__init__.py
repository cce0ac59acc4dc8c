"""Strategy: who is reminded of what, when, and by which channel.

A *cadence* is a named list of steps for a segment of the loans; a *step* names a day counted from the
due date of the oldest unpaid instalment (the *anchor*), a channel, a template and a purpose. The planner
writes each step of each loan once (`cadence_steps`, keyed by loan, anchor and step), asks the contact gate
as of the step's own hour, and hands one message per borrower, channel and day to the outbox.

Tables owned: `cadence_steps`, `planner_days`.
"""
