"""Replay: a real portfolio lived again, day by day, on the test clock of a sandbox tenant.

Loans are loaded as they stood on the day the first of them fell due. Then every day of two years happens:
payments arrive at the hour they did, the planner plans, the gate judges, the workers' own send loop hands over
to the sandbox provider. At the end the outcome is held against the file itself, not against our own plan.
"""
