"""The append-only log of who did what: recorded with the change, sealed later, verifiable by a stranger.

An *event* is written in the transaction that made the change: its body is canonical JSON (RFC 8785) and is
kept and hashed as exactly those bytes. *Sealing* gives events that can no longer be overtaken a place in the
tenant's RFC 6962 Merkle tree and signs a *checkpoint* of it (C2SP signed note, Ed25519). *Proofs* show that an
event is in a tree and that a later tree only added to an earlier one. An *export* is one file that
`dunwell audit verify` judges without a database.

Bodies hold identifiers, states, amounts and versions, never personal data: no name, number, address, message or
free text typed by a person. So nothing here has to be erased when a person's data is: erasing happens in the
tables that the ids lead to, an id then leads nowhere, and the tree and every proof given before stay valid.

Tables: audit_events, audit_leaves, audit_nodes, audit_checkpoints. All are append-only by grant.
"""
