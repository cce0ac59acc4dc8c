"""How to talk to the companies that carry messages. Imports no storage: whoever sends passes what it needs."""
