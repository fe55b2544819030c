"""Is a value what it should be? For values that come from strangers: results are passed on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity
from parity_compare.spec import MOMENTS, PROBES, SIDE_INFORMATION, VARIANTS, TrialSpec

LARGEST = 2**63 - 1
"""The largest whole number that SQLite and data frames hold."""
LARGEST_FLOAT, SMALLEST_FLOAT = 1e100, 1e-100
"""Sizes of numbers but for zero; they can be added up, squared and divided by each other."""
LONGEST_LABEL = 2_000
"""Characters of a name, label or unit."""
LONGEST_MESSAGE = 10_000
"""Characters of a message; a longer one is cut when it is written."""
LONGEST_JSON = 2**22
"""Characters of a JSON text; a support of 500,000 coordinates has fewer."""
MOST_NAMES = 10_000
"""Names in one JSON object."""
DEVICES = ("cpu", "cuda")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def whole(name: str, value: object, least: int = 0, most: int = LARGEST) -> int:
    """A whole number in ``least``..``most``."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput(f"{name} must be a whole number in {least}..{most}, got {short(value)}")
    return value


def number(name: str, value: object, least: float = 0.0, most: float = LARGEST_FLOAT) -> float:
    """A number in [``least``, ``most``]."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidInput(f"{name} must be a number, got {short(value)}")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise InvalidInput(f"{name} must be at most {LARGEST}, got {short(value)}")
    if not least <= value <= most:  # nan is in no interval
        raise InvalidInput(f"{name} must lie in [{least:g}, {most:g}], got {short(value)}")
    if 0 < abs(value) < SMALLEST_FLOAT:
        raise InvalidInput(f"{name} must be 0 or of size at least 1e-100, got {short(value)}")
    return value


def line(name: str, value: object, most: int = LONGEST_LABEL) -> str:
    """A text of at most ``most`` characters without control characters, which terminals obey."""
    found = text(name, value, most)
    if not found.isprintable() and _CONTROL.search(found):
        raise InvalidInput(f"{name} must not have control characters, got {short(value)}")
    return found


def text(name: str, value: object, most: int = LONGEST_MESSAGE) -> str:
    """A text of at most ``most`` characters, all of which UTF-8 can write."""
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be a text, got {short(value)}")
    if len(value) > most:
        raise InvalidInput(f"{name} must have at most {most} characters, got {len(value)}")
    if not value.isascii() and _SURROGATE.search(value):
        raise InvalidInput(f"{name} must be writable as UTF-8, got {short(value)}")
    return value


def one_of(name: str, value: object, known: Sequence[str]) -> str:
    """One of the known words."""
    if not isinstance(value, str) or value not in known:
        raise InvalidInput(f"{name} must be one of {', '.join(known)}, got {short(value)}")
    return value


def parsed(name: str, value: object) -> Any:
    """What a JSON text says; NaN and infinity are not JSON."""
    written = text(name, value, LONGEST_JSON)
    try:
        return _DECODER.decode(written)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{name} must be JSON, got {short(written)} ({error})") from None


def mapping(name: str, value: object, check: Callable[[str, object], Any]) -> dict[str, Any]:
    """A JSON object of at most 10,000 short names, whose values pass ``check``."""
    if not isinstance(value, dict) or len(value) > MOST_NAMES:
        raise InvalidInput(
            f"{name} must be an object of at most {MOST_NAMES} names, got {short(value)}"
        )
    return {line(f"a name of {name}", key): check(key, item) for key, item in value.items()}


def moments(name: str, column: npt.NDArray[np.generic]) -> None:
    """Rising moments: ``(moments,)`` numbers from 0 on, none below the one before."""
    steps = column.astype(np.float64)
    if steps.ndim != 1:
        raise InvalidInput(f"{name} must have one dimension, got shape {column.shape}")
    if not np.all((steps >= 0) & (steps <= LARGEST)) or np.any(np.diff(steps) < 0):
        raise InvalidInput(f"{name} must be rising numbers in 0..{LARGEST}")


def coordinates(name: str, value: object, n: int) -> tuple[int, ...]:
    """Rising coordinates in 0..n-1."""
    if not isinstance(value, list | tuple) or not all(type(i) is int for i in value):
        raise InvalidInput(f"{name} must be a list of whole numbers, got {short(value)}")
    ends = (-1, *value, n)
    if any(a >= b for a, b in pairwise(ends)):
        raise InvalidInput(f"{name} must be rising coordinates in 0..{n - 1}, got {short(value)}")
    return tuple(value)


def spec(found: TrialSpec) -> TrialSpec:
    """A specification that an experiment could have made; learners are not looked up.

    Raises:
        InvalidInput: a field is of the wrong type or out of range.
    """
    line("learner", found.learner)
    one_of("device", found.device, DEVICES)
    whole("n", found.n, 1)
    if found.k is not None:
        whole("k", found.k, 1)
    number("noise", found.noise)
    one_of("variant", found.variant, VARIANTS)
    whole("trial", found.trial)
    whole("seed", found.seed, -LARGEST)
    SparseParity(found.n, found.k, found.noise, found.seed, found.variant == "blocks")
    if found.samples is not None:
        whole("samples", found.samples, 1)
    for name in found.told:
        one_of("told", name, SIDE_INFORMATION)
    if list(found.told) != sorted(set(found.told)):
        raise InvalidInput(f"told must be sorted and name nothing twice, got {found.told}")
    for name in ("seconds", "max_samples", "max_steps"):
        limit = getattr(found, name)
        if limit is not None and not number(name, limit) > 0:
            raise InvalidInput(f"{name} must be positive, got {limit}")
    whole("threads", found.threads, 1)
    if type(found.batched) is not bool:
        raise InvalidInput(f"batched must be true or false, got {short(found.batched)}")
    mapping("parameters", found.parameters, _parameter)
    one_of("probes", found.probes, PROBES)
    one_of("moments", found.moments, MOMENTS)
    whole("replays", found.replays, 1)
    return found


def cut(message: str) -> str:
    """A message as it is written: at most 10,000 characters, all of which UTF-8 can write."""
    writable = message.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(writable) <= LONGEST_MESSAGE:
        return writable
    return writable[: LONGEST_MESSAGE - 1] + "…"


def short(value: object) -> str:
    """A value as an error quotes it: its beginning, in plain characters."""
    try:
        shown = ascii(value[:60] if isinstance(value, str | bytes | list | tuple) else value)
    except ValueError:  # an integer of more digits than Python prints
        shown = "a huge number"
    return shown if len(shown) <= 80 else shown[:79] + "…"


def _parameter(name: str, value: object) -> object:
    if value is None or type(value) is bool:
        return value
    if isinstance(value, str):
        return line(f"parameter {name}", value)
    if type(value) is int:
        return whole(f"parameter {name}", value, -LARGEST)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InvalidInput(f"parameter {name} must be a finite number, got {short(value)}")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
