"""Decisions about agents and agencies. No database, no clock, no settings: only arguments."""
