"""Many workers, killed and restarted, on one PostgreSQL: what the providers' own journals say of it."""
