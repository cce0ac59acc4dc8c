"""Decisions about statements: which entries are one, whom money is for, what becomes of the rest. Pure."""
