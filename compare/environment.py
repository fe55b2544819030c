"""Where a run took place: what a reader needs to judge its times."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from parity_compare.algorithms import registry

_PACKAGES = ("parity-compare", "numpy", "scipy", "torch", "numba", "scikit-learn", "galois")
_OWN = "parity-compare"
_LIMITS = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
)  # fmt: skip
_NVIDIA = Path("/proc/driver/nvidia/gpus")
_SECONDS = 2.0
"""How long another program may take to answer."""
_LONGEST = 1_000


def describe() -> dict[str, str]:
    """Versions, system, processor, GPU, threads, host, git commit and plug-in learners.

    What cannot be found out is left out. Nothing is imported for it and no learner is loaded.
    """
    facts = {"python": platform.python_version()}
    facts |= {package: _version(package) for package in _PACKAGES}
    facts |= {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count() or ""),
        "usable cores": _usable_cores(),
        "limits": _limits(),
        "gpu": _gpu(),
        "host": socket.gethostname(),
        "commit": _commit(Path(__file__).resolve()),
        "plug-ins": _plug_ins(),
    }
    return {name: _one_line(value) for name, value in facts.items() if value}


def machine(environment: Mapping[str, str]) -> str:
    """What tells a machine from others, in words: ``laptop: Imaginary CPU @ 3 GHz, 8 cores``."""
    cores = environment.get("cores", "")
    facts = (
        environment.get("processor", ""),
        f"{cores} {'core' if cores == '1' else 'cores'}" if cores else "",
        environment.get("gpu", ""),
    )
    told = ", ".join(filter(None, facts)) or "unknown"
    host = environment.get("host", "")
    return f"{host}: {told}" if host else told


def _processor() -> str:
    """The model name; the standard library gives the architecture only on Linux."""
    listing = _read(Path("/proc/cpuinfo"))
    found = re.search(r"^model name\s*:\s*(.+)$", listing, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or "unknown"


def _usable_cores() -> str:
    """How many of the cores this process may use, where the system limits it."""
    if not hasattr(os, "sched_getaffinity"):
        return ""
    return str(len(os.sched_getaffinity(0)))


def _limits() -> str:
    """What the surroundings allow the libraries to use."""
    limits = {name: os.environ.get(name, "") for name in _LIMITS}
    return ", ".join(f"{name}={value}" for name, value in limits.items() if value)


def _gpu() -> str:
    """The graphics cards' names, from the driver if it can be asked without PyTorch."""
    texts = [_read(card / "information") for card in sorted(_NVIDIA.glob("*"))]
    found = [re.search(r"^Model:\s*(.+)$", text, re.MULTILINE) for text in texts]
    names = [match[1].strip() for match in found if match]
    tool = None if names else shutil.which("nvidia-smi")
    if tool is not None:
        listing = _output([tool, "-L"])
        names = re.findall(r"^GPU \d+: (.+?)(?: \(UUID.*)?$", listing, re.MULTILINE)
    torch = sys.modules.get("torch")
    if not names and torch is not None and torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    counts = Counter(names)
    return ", ".join(name if n == 1 else f"{n} × {name}" for name, n in counts.items())


def _commit(source: Path) -> str:
    """The commit of the working copy that a source file is in, ``-dirty`` if it was changed.

    A package that is installed says nothing, even where its environment lies in a working copy.
    """
    if {"site-packages", "dist-packages"} & set(source.parts):
        return ""
    root = next((folder for folder in source.parents if (folder / ".git").exists()), None)
    git = shutil.which("git")
    if root is None or git is None:
        return ""
    # A reader must not refresh the index, of which somebody else may hold the lock.
    command = [git, "--no-optional-locks", "-C", str(root)]
    commit = _output([*command, "rev-parse", "HEAD"]).strip()
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        return ""
    changes = _output([*command, "status", "--porcelain", "--untracked-files=no"])
    return f"{commit}-dirty" if changes else commit


def _plug_ins() -> str:
    """The learners that are not this distribution's, and where they come from."""
    found = []
    for name in registry.names():
        origin = registry.origin(name)
        if origin != _OWN:
            release = _version(origin)
            found.append(f"{name} ({origin}{f' {release}' if release else ''})")
    return ", ".join(found)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except (PackageNotFoundError, ValueError):
        return ""


def _output(command: list[str]) -> str:
    """What a command prints; nothing if it fails or takes longer than two seconds."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            command,
            env=own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _one_line(value: str) -> str:
    """Without control characters, which no store accepts, and no longer than a line or two."""
    printable = "".join(c if c.isprintable() else " " for c in value)
    return " ".join(printable.split())[:_LONGEST]
