"""Disputes and complaints: what a debtor objects to, and by when it must be answered.

Words: a *clock* runs from the day a thing came in to the last day on which its answer is in time; some clocks have
*grades* (simple, complex, special). The lengths are law, in `packs`. Tables: none yet.
"""
