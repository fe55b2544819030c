"""Where a run took place: what a reader needs to judge its times."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("parity-compare", "numpy", "scipy", "torch", "numba", "scikit-learn", "galois")


def describe() -> dict[str, str]:
    """Versions, operating system, processor and, where PyTorch is loaded, the GPU."""
    facts = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            continue
    facts["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    facts["processor"] = _processor()
    facts["cores"] = str(os.cpu_count())
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        facts["gpu"] = torch.cuda.get_device_name()
    return facts


def _processor() -> str:
    """The model name; the standard library gives the architecture only on Linux."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
