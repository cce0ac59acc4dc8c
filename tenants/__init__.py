"""Per-tenant files, read through importlib.resources: `_defaults` and one folder for each tenant."""
