"""The formats: each reader turns bytes into `Statement`, `Entry` and `Totals`, one at a time."""
