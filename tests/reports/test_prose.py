"""Plain text becomes HTML: names in colour, code as code, everything else as it is written."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from made_up import cell, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Key
from parity_compare.reports.prose import Prose
from parity_compare.reports.signs import _SHAPES, HEIGHT, sign, width

HOSTILE = "<img src=x onerror=alert(1)>"


def prose(*learners: str) -> Prose:
    return Prose(digest(results([r for name in learners for r in cell(name, [0.1])])).contestants)


def test_names_are_marked_with_their_colours_the_longest_first() -> None:
    text = str(prose("sgd", "sgd[width=9]")("sgd[width=9] beat sgd."))
    assert text == (
        '<span class="who" style="--hue:var(--hue-1)">sgd[width=9]</span> beat '
        '<span class="who" style="--hue:var(--hue-0)">sgd</span>.'
    )


def test_a_name_within_a_word_is_no_name() -> None:
    assert str(prose("sq")("sqrt, a-sq and sq-b")) == "sqrt, a-sq and sq-b"


def test_code_stands_between_backticks_and_holds_no_names() -> None:
    text = str(prose("sgd")("Run `sgd & <b>` or sgd"))
    assert text.startswith("Run <code>sgd &amp; &lt;b&gt;</code> or <span")
    assert str(prose()("a `b")) == "a `b"


def test_strangers_names_and_texts_stay_text() -> None:
    text = str(prose(HOSTILE)(f"{HOSTILE} `{HOSTILE}` <b>"))
    assert "<img" not in text
    assert "<b>" not in text
    assert text.count("&lt;img src=x") == 2


@pytest.mark.parametrize("shape", [*_SHAPES, "band", "tick", ""])
@pytest.mark.parametrize("hollow", [False, True])
@pytest.mark.parametrize("dash", [None, (), (6, 3)])
def test_every_sign_of_a_legend_is_a_picture(
    shape: str, hollow: bool, dash: tuple[int, ...] | None
) -> None:
    key = Key("label", 'var(--ink)"><script>', shape, dash, hollow=hollow)
    root = ET.fromstring(f"<svg>{sign(key)}</svg>")
    parts = list(root)
    assert [part.tag for part in parts] == ["path"] * len(parts)
    assert len(parts) == (dash is not None) + bool(shape)
    assert width(key) >= HEIGHT


def test_a_shape_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape must be one of circle, .*, got 'star'"):
        sign(Key("label", "red", "star"))


def test_a_sign_is_as_large_as_its_mark_and_its_outline_as_thick_as_ever() -> None:
    small = sign(Key("a trial", "red", "triangle-up", hollow=True, size=0.5))
    assert 'scale(0.5)"' in small
    assert 'stroke-width="3.2"' in small
    assert "scale" not in sign(Key("a trial", "red", "triangle-up", hollow=True))
