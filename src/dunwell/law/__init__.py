"""Which law applied on a day: every parameter of every area's packs, and what the lender made of it.

Words: a *parameter* is one number, switch or list that the law or we set; its *entry* is dated and names class, source
and rules; the lender's own stricter value stands in its published files. Reads the packs and what was published; owns
no table and changes nothing. The calendar of a day is law too: it is shown from here.
"""
