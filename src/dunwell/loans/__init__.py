"""Loans: what was lent, what falls due, what was paid, and since when a loan is behind.

Words: an *instalment* falls due on a date and has components (costs, interest, principal); a *payment* settles
components by the tenant's *waterfall* and leaves *slices*; what nothing could take is the loan's *credit*. The
ledger is append-only and double-entry: an *entry* is a set of postings that add up to zero. *Days past due* are
derived from the oldest unpaid instalment and a date, and never stored.

Tables: loans, obligors, instalments, loan_terms, payments, postings.
"""
