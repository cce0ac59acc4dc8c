"""Loans: what was lent, what falls due, what was paid, and since when a loan is behind.

Words: an *instalment* falls due on a date and has components (costs, interest, principal); a *payment* settles
components by the tenant's *waterfall* and leaves *slices*; what nothing could take is the loan's *credit*. What
else befalls a loan (charges, waivers, other terms, its end) is a *happening*; *contract* and happenings are a loan's
*life*, from which everything owed follows. A *plain* loan has only payments, and nothing accrues on it. Money that
nobody has claimed is in *suspense*. The ledger is append-only and double-entry: an *entry* is a set of postings that
add up to zero. *Days past due* are derived from the oldest unpaid instalment and a date, and never stored; where a
loan *stood* when, is kept.

Tables: loans, obligors, instalments, loan_terms, payments, happenings, postings, standings, pauses, suspense_items,
suspense_moves.
"""
