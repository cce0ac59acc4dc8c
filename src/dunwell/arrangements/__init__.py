"""Arrangements: promises and repayment plans, as far as the law binds them.

Words: a *plan* spreads a debt over new instalments; its *term* is their number of months. What a plan must say,
and how long it may run, is law, in `packs`. Tables: none yet.
"""
