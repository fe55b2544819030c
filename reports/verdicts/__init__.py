"""The verdict in words, generated from the results and from nothing else."""
