"""The law of plans by jurisdiction: data, read through `importlib.resources` by `arrangements.law`."""
