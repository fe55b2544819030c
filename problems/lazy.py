"""Names that a package exports and loads on first use (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def exporter(
    package: str, homes: Mapping[str, tuple[str, ...]], packages: tuple[str, ...] = ()
) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package whose names live in its modules.

    Importing the package then costs nothing, and ``from package import name`` loads the one module
    that is needed.

    Args:
        package: the package's ``__name__``.
        homes: for every module, relative to the package, the names it exports.
        packages: packages inside it that are exported whole.
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def get(name: str) -> Any:
        if name in packages:
            return import_module(f"{package}.{name}")
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return get
