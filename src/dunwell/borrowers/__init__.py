"""Borrowers: who owes, and how they can be reached.

Words: a *borrower* is a person or a small business, known to the lender by a *reference*; a *contact point* is
one phone number or e-mail address. Names, id numbers, addresses and points are sealed under a random key per
borrower; looking up goes through blind indexes; erasing destroys the key.

Tables: borrowers, borrower_keys, contact_points.
"""
