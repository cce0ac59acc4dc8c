"""The clocks of the law by jurisdiction: data, read through `importlib.resources` by `disputes.law`."""
