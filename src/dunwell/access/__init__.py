"""Who may ask: bearer tokens with scopes and an expiry, and the answers kept for repeated requests.

Words: a *token* is shown once, when issued, and kept only as the SHA-256 of its 256 random bits; a *scope* is
`noun:verb` and permits one kind of route; an *operator* token belongs to the control plane and opens no tenant.
Tables: `tokens`, `idempotency_keys` of a tenant; `operator_tokens` of the control plane.
"""
