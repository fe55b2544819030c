"""Architectures, batched over trials. PyTorch is loaded with the modules, not with this package."""
