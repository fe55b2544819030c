"""Which bits of which integer columns are wanted: ``addr:6-37``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from parity_compare.problems.errors import InvalidInput

MAX_BITS = 512
"""Integers have at most so many bits."""

_RANGE = re.compile(r"\s*([0-9]{1,9})\s*(?:-\s*([0-9]{1,9})\s*)?", re.ASCII)


def wanted_bits(items: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The bits that are asked for, by column.

    Args:
        items: such as ``addr:6-37`` (both ends are included; bit 0 is the least significant) or
            ``addr:0,3,6-9``. Several items may name one column; a colon may be part of its name.

    Returns:
        For every column its bits, in the order in which they were asked for.

    Raises:
        InvalidInput: an item has another form, a range runs downwards, a bit is past 511 or is
            asked for twice.
    """
    if isinstance(items, str):
        items = [items]
    wanted: dict[str, tuple[int, ...]] = {}
    for item in items:
        name, colon, ranges = item.rpartition(":")
        if not colon or not name:
            raise InvalidInput(f"bits to unpack must be written like addr:6-37, got '{item}'")
        bits = [bit for part in ranges.split(",") for bit in _range(part, item)]
        wanted[name] = (*wanted.get(name, ()), *bits)
        twice = [bit for bit in bits if wanted[name].count(bit) > 1]
        if twice:
            raise InvalidInput(f"bit {twice[0]} of column '{name}' must be asked for once")
    return wanted


def bit_name(column: str, bit: int) -> str:
    """What the column of a bit is called: ``addr6``, and ``set0_6`` after a digit.

    Without the line between them, bit 6 of ``set0`` would read like bit 6 of ``set`` or a column 06
    of its own.
    """
    return f"{column}_{bit}" if column[-1:].isdigit() else f"{column}{bit}"


def _range(text: str, item: str) -> range:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise InvalidInput(f"bits to unpack must be written like addr:6-37, got '{item}'")
    low, high = int(match[1]), int(match[2] or match[1])
    if low > high:
        raise InvalidInput(f"bits to unpack must run upwards, as in {high}-{low}, got '{item}'")
    if high >= MAX_BITS:
        raise InvalidInput(f"bits to unpack must lie in [0, {MAX_BITS - 1}], got '{item}'")
    return range(low, high + 1)
