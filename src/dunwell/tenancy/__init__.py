"""Who our tenants are: the register in the control plane, their files, and the versions published from them.

Words: a *tenant* is one lending platform; its *files* propose, a *publication* (numbered, with the
instant from which it is in force) is what the database remembers. Tables: `control.tenants`,
`control.tenant_clocks`, `control.control_events`; in the tenant's schema `publications`.
"""
