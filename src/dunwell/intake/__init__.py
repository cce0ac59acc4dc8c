"""What comes in from outside: loan tapes, read through mapping profiles.

A *tape* is a lender's file of loans. A *profile* says what its columns mean. A *row report* lists every row
that could not be taken, with the remedy. Tables owned: `tapes`, `tape_chunks`, `tape_problems`,
`tape_loans`, `tape_payments`.
"""
