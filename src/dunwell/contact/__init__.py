"""The gate: every touch of every channel is judged here, and leaves a verdict, allowed or not.

Words: a *proposal* is a contact that is asked for; a *verdict* the answer (ALLOW, HOLD until an instant, REVIEW,
DENY) with every failing rule; a *duty* what an ALLOW demands of the contact; a *hold* stops collection until it is
lifted; a *slot* is one place under a cap; a *contact* is a touch that was made. A *pack* holds the law of a
jurisdiction as dated values; a tenant's own values may only be stricter. A *permit* is an ALLOW for a person who
dials: it shows the number once, for minutes. *Content* is what would be said, or was.

Tables owned: contact_holds, opt_outs, contact_verdicts, contact_slots, contacts, permits, contact_notes, and the facts
the gate judges from (contact_preferences, contact_consents, contact_refusals, payment_offers, contact_notices,
number_confirmations, number_zones, circumstances, loan_parties, debt_marks).
"""
