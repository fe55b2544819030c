"""How trials are carried out: alone, in batches, by worker processes, on a cluster."""
