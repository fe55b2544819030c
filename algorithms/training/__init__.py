"""Training of many networks at once. PyTorch is loaded with the modules, not with this package."""
