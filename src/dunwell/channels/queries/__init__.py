"""Every SQL statement of this area: the outbox, attempts and outcomes, reports, lists, the sandbox."""
