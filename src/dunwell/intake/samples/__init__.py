"""A small tape of invented loans, for trying things out."""
