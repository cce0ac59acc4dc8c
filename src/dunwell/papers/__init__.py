"""Paper cases: questions with expected answers in a JSON file, put to the rules without a database.

Words: a *case* has a *kind*; each kind has one *judge*, which turns what is given into an answer. A kind without a
judge is told as not judged, never as agreed. Contact cases have a format and a command of their own (`contact`).
"""
