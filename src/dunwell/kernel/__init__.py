"""The words everybody uses. Pure: no database, no clock, no settings, nothing of ours imported."""
