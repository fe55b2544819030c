"""One colour per learner, the same in every figure, chosen for colour-blind readers.

The five learners of the demo have the hues of Okabe and Ito (2008), darkened or lightened until
they stand out from the page by 3 : 1; the others fill the gaps between them. Colour never carries
a meaning alone: rows are labelled, and lines differ in their marks too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal, NamedTuple

Scheme = Literal["light", "dark"]


class Hue(NamedTuple):
    """A colour on the light page and on the dark one, as ``#rrggbb``."""

    light: str
    dark: str


PAGE = Hue("#ffffff", "#14171c")
"""The background that the hues are seen on."""

INKS = {
    "page": PAGE,
    "ink": Hue("#1f2328", "#e9edf2"),
    "muted": Hue("#59636e", "#9aa5b1"),
    "line": Hue("#c5ccd3", "#444d58"),
    "grid": Hue("#e6e9ed", "#2a3038"),
    "soft": Hue("#f5f7f9", "#1d2229"),
    "accent": Hue("#0060a0", "#7cc4ff"),
    "bad": Hue("#b3261e", "#ff9a8f"),
    "shade": Hue("#c5ccd3", "#000000"),
}
"""What is not a learner's: text, less of it, rules, grids, grounds, links, failures, shadows."""

KNOWN = {
    "sgd": Hue("#0072b2", "#56b4e9"),
    "langevin": Hue("#d55e00", "#f5803e"),
    "exhaustive": Hue("#008a66", "#2fc79a"),
    "gf2": Hue("#1f2328", "#eceff3"),
    "sq": Hue("#b8578f", "#ec9fcd"),
    "random": Hue("#7d8590", "#8b949e"),
    "fourier-gap": Hue("#2b92cf", "#9bd2f5"),
    "meet-in-the-middle": Hue("#117733", "#6cc788"),
    "pooled-gauss": Hue("#332288", "#9d8df0"),
    "bkw": Hue("#7a4fb5", "#c4a5f5"),
    "lasso": Hue("#a67c00", "#f0d060"),
    "forest": Hue("#6b6b00", "#c5c55a"),
    "kernel": Hue("#882255", "#d97fa8"),
    "nearest": Hue("#3b7d7a", "#7fd1cc"),
    "galois": Hue("#8c564b", "#c99a8f"),
}

_SPARE = (
    Hue("#4b6fbf", "#8fb0ff"),
    Hue("#a3382c", "#ff8f83"),
    Hue("#2f6f9f", "#86bfe6"),
    Hue("#94602b", "#e0a96d"),
    Hue("#9c3fae", "#e08df0"),
    Hue("#5a7a1e", "#a9d15a"),
)


def hue(learner: str) -> Hue:
    """The learner's colour; a name that is not known gets one that depends on the name alone."""
    if learner in KNOWN:
        return KNOWN[learner]
    return _SPARE[hashlib.sha256(learner.encode()).digest()[0] % len(_SPARE)]


def variables(hues: Mapping[int, Hue], scheme: Scheme) -> dict[str, str]:
    """What the charts' CSS variables stand for: ``--ink`` and its like, ``--hue-0`` and on.

    Args:
        hues: the contestants' colours by their index.
        scheme: the page that they are seen on.

    Returns:
        ``#rrggbb`` by the variable's name.
    """
    inks = {f"--{name}": getattr(ink, scheme) for name, ink in INKS.items()}
    return inks | {f"--hue-{index}": getattr(hue, scheme) for index, hue in hues.items()}
