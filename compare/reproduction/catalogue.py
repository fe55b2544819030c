"""The studies by name; one is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from parity_compare.problems.errors import InvalidInput
from parity_compare.reproduction.study import Study

_HOMES = {
    "figure1": "figure1:Figure1",
    "figure2": "figure2:Figure2",
    "figure3": "figure3:Figure3",
    "figure4": "figure4:Figure4",
    "finding1": "finding1:Finding1",
    "fourier-gap": "fourier_gap:FourierGapStudy",
    "polynet": "polynet:PolyNetStudy",
    "noise": "noise:NoiseStudy",
    "layerwise": "layerwise:LayerwiseStudy",
    "grokking": "grokking:GrokkingStudy",
    "no-plateau": "no_plateau:NoPlateauStudy",
}
NAMES: tuple[str, ...] = tuple(_HOMES)
"""In the order in which ``all`` runs them."""


def study(name: str) -> Study:
    """The study of that name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in _HOMES:
        raise InvalidInput(f"study must be all or one of {', '.join(NAMES)}, got {name!r}")
    module, _, cls = _HOMES[name].partition(":")
    made: Study = getattr(import_module(f"parity_compare.reproduction.studies.{module}"), cls)()
    return made


def chosen(names: Sequence[str]) -> list[Study]:
    """The studies of these names, each once, in the order of :data:`NAMES`; ``all`` stands for all.

    Raises:
        InvalidInput: a name is unknown.
    """
    wanted = {study(name).name for name in names if name != "all"}
    if not names or "all" in names:
        wanted = set(NAMES)
    return [study(name) for name in NAMES if name in wanted]
