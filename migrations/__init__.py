"""SQL migrations, two streams: the control plane and a tenant schema. Read through importlib.resources."""
