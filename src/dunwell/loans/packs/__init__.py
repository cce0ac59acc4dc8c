"""The law of money by jurisdiction: data, read through `importlib.resources` by `loans.law`."""
