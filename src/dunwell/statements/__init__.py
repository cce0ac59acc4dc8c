"""Statements in: what banks and payment platforms say came in and went out, read, checked and matched to loans.

A *file* holds one or more *statements* (an account and a period), a statement holds *entries*. Files are read
entry by entry, whatever their size; a file that contradicts itself (balances, totals, counts) is quarantined whole.
"""
