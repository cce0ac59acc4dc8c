"""The register of who may contact a borrower: agencies, agents, their training, and what they send from.

Words: an *agency* is an outside firm under contract with the lender, known by its code; an *agent* is a person of the
lender's or of an agency's staff, known by a staff code, and by the label of his token where he signs in; a *training*
is a course he passed, which counts until it expires; a *sender* is a number, account, signature, address or letterhead
that contacts leave from; a *review* is the lender's own look at an agency. Terms and intervals are law, in `packs`.
Tables: `agencies`, `agency_reviews`, `agents`, `trainings`, `training_withdrawals`, `senders`, `register_changes`.
"""
