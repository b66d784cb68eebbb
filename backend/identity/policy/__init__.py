"""Who may do what: decided by Rego, in this process or by an OPA server."""
