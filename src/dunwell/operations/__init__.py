"""What the operator sees of the service: the control plane over HTTP, health, and the gauges of every queue.

Owns no table. Reads the register of tenants and, for the gauges, three numbers of every tenant.
"""
