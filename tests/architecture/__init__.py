"""The rules of the house that a machine can check; each failure says which rule, where, and what to do."""
