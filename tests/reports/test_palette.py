"""One colour per learner, to be told apart by colour-blind readers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from parity_compare.reports.palette import _SPARE, INKS, KNOWN, PAGE, Hue, hue, variables

Vector = npt.NDArray[np.float64]

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ @ np.ones(3)
DEMO = ("sgd", "langevin", "exhaustive", "gf2", "sq")


def linear(colour: str) -> Vector:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    result: Vector = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return result


def lab(rgb: Vector) -> Vector:
    ratio = np.clip(TO_XYZ @ rgb / WHITE, 0, None)
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((float(TO_XYZ[1] @ linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", [*KNOWN, *(f"spare {i}" for i in range(len(_SPARE)))])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_stands_out_from_the_page(name: str, scheme: str) -> None:
    colour = KNOWN[name] if name in KNOWN else _SPARE[int(name.split()[1])]
    assert contrast(getattr(colour, scheme), getattr(PAGE, scheme)) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "soft"])
@pytest.mark.parametrize("ink", ["ink", "muted", "accent", "bad"])
def test_text_is_read_with_ease(ink: str, ground: str, scheme: str) -> None:
    """WCAG 2 asks for 4.5 : 1."""
    assert contrast(getattr(INKS[ink], scheme), getattr(INKS[ground], scheme)) >= 4.5


def test_every_variable_of_the_charts_has_a_colour_on_both_pages() -> None:
    light, dark = (variables({0: KNOWN["sgd"], 7: hue("x")}, s) for s in ("light", "dark"))
    assert set(light) == set(dark) == {f"--{name}" for name in INKS} | {"--hue-0", "--hue-7"}
    assert light["--hue-0"] == KNOWN["sgd"].light
    assert dark["--page"] == PAGE.dark


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_demos_learners_are_told_apart_by_every_sight(sight: str, scheme: str) -> None:
    """A CIELAB distance of 10 is several times what is just noticeable side by side."""
    seen = {
        name: lab(np.clip(SIGHT[sight] @ linear(getattr(KNOWN[name], scheme)), 0, 1))
        for name in DEMO
    }
    for one, other in combinations(DEMO, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 10, (one, other)


def test_an_unknown_learner_keeps_its_colour() -> None:
    assert hue("my-learner") == hue("my-learner")
    assert isinstance(hue("</style>"), Hue)
    assert hue("sgd") == KNOWN["sgd"]
