"""Decisions about tapes: how a cell is read, and what a row says. No database, no clock: only arguments."""
