"""Applications: the front of lending, from register and apply over review to disbursement.

Words: a *product* is what a lender offers; *facts* are what is known of an applicant (sealed); a *scorecard* turns
facts into points, adverse reasons and a *proposal*. A proposal decides nothing: a second person approves or
declines, within *limits*; only a knock-out rule declines by itself, and a person may review that too. Who had a hand
in an application is one of its *makers* and never its checker. An *offer* is accepted in time or expires, which is
judged when it is read. Paying out opens the loan, exactly once.

Tables: applications, application_steps.
"""
