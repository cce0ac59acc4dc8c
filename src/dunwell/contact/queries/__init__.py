"""Every statement of the gate: what it judges from, what it keeps, what it lists."""
