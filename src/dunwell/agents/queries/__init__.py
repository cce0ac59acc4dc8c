"""Tables of the register: every statement beside the one function that gives it a type."""
