"""Where PyTorch can compute."""

from __future__ import annotations

from parity_compare.problems.errors import InvalidInput


def require_device(device: str) -> None:
    """Make sure that PyTorch can compute there.

    Raises:
        InvalidInput: a GPU is asked for that PyTorch does not see.
    """
    if device == "cpu":
        return
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (torch.device(device).index or 0) >= count:
        raise InvalidInput(f"device must be present, got {device!r}; PyTorch sees {count} GPUs")
