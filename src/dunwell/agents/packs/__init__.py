"""The law of agents and agencies by jurisdiction: data, read through `importlib.resources` by `agents.law`."""
