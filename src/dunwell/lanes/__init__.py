"""Lanes: a tenant's due work, done bite by bite, without a dispatcher.

The workers call these functions when a doorbell rings or a sweep finds something; the replay and the tests
call them directly. Every bite is claimed, done and finished in transactions of its own, so a process may
die between any two lines. Words: an *item* is a row of `work_items`; a *bite* is what one claim takes; to
*set aside* is to take an item that cannot succeed out of the way, with its reason.

No tables owned: it reads what is due and leaves writing to the areas.
"""
