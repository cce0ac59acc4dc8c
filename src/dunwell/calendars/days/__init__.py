"""Calendars of the regions: the announced days, one TOML file each."""
