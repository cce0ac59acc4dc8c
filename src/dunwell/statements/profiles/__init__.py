"""Mapping profiles that ship with Dunwell."""
