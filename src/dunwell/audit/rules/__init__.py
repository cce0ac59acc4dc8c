"""Decisions of the audit log, all pure: bodies, the Merkle tree, proofs, signed notes, the export's lines."""
