"""Network architectures, batched over independent trials."""
