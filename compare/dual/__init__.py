"""XOR relations among columns: light words of the noisy dual space, with their significance."""
