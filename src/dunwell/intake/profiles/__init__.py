"""Mapping profiles that ship with Dunwell, one TOML file each."""
