"""How a trial's seconds were taken, as text: the one place that writes it and that reads it.

``single`` is a trial that had the machine to itself. Whatever made its seconds those of something
else is added: ``single, 4 at a time``, ``batch of 64, 4 at a time, stepwise``,
``single, split over 4``. Only plain ``single`` times are compared head to head.
"""

from __future__ import annotations

from collections.abc import Iterable

from parity_compare.problems.errors import InvalidInput

SINGLE = "single"
"""One trial at a time on an otherwise idle process."""

_TOGETHER, _TOGETHER_SEVERAL = "batch of ", "batches of "
_AT_ONCE = " at a time"
_SPLIT = "split over "
_STEPWISE = "stepwise"


def timing(trials: int, *, at_once: int = 1, split: int = 1, stepwise: bool = False) -> str:
    """The label of times that were taken in this way.

    Args:
        trials: how many trials were trained together, as one batch.
        at_once: how many workers of the run had something to do on the machine.
        split: over how many workers the one search was spread.
        stepwise: whether every step was recorded, which slows compiled training.

    Raises:
        InvalidInput: a number below 1.
    """
    for name, value in (("trials", trials), ("at_once", at_once), ("split", split)):
        if value < 1:
            raise InvalidInput(f"{name} must be at least 1, got {value}")
    parts = [SINGLE if trials == 1 else f"{_TOGETHER}{trials}"]
    if split > 1:
        parts.append(f"{_SPLIT}{split}")
    if at_once > 1:
        parts.append(f"{at_once}{_AT_ONCE}")
    if stepwise:
        parts.append(_STEPWISE)
    return ", ".join(parts)


def is_head_to_head(text: str) -> bool:
    """Whether such times may be ranked: of single trials, with nothing beside them."""
    return text == SINGLE


def is_together(text: str) -> bool:
    """Whether the trials were trained as one batch, so that each one's seconds are a share."""
    return any(part.startswith((_TOGETHER, _TOGETHER_SEVERAL)) for part in _parts(text))


def is_parallel(text: str) -> bool:
    """Whether others ran meanwhile on the same machine, or the search was spread over workers."""
    return bool(company(text))


def is_stepwise(text: str) -> bool:
    """Whether every step was recorded."""
    return _STEPWISE in _parts(text)


def company(text: str) -> str:
    """What a label says of others that ran meanwhile: ``4 at a time``; empty for nothing."""
    return ", ".join(part for part in _parts(text) if _of_company(part))


def pooled(texts: Iterable[str]) -> dict[str, str]:
    """By label, the one that it shares with those that differ in the sizes of their batches only.

    A run cuts a cell into batches as memory and workers allow, and a run that is taken up again
    trains what is missing: ``batch of 64`` and ``batch of 20`` are one kind, ``batches of 20 to
    64``.
    """
    kinds: dict[tuple[str, ...], dict[str, int]] = {}
    for text in texts:
        head, *rest = _parts(text)
        size = head.removeprefix(_TOGETHER)
        if size != head and size.isdecimal():
            kinds.setdefault(tuple(rest), {})[text] = int(size)
    shared: dict[str, str] = {}
    for rest_of_kind, sizes in kinds.items():
        least, most = min(sizes.values()), max(sizes.values())
        head = f"{_TOGETHER}{most}" if least == most else f"{_TOGETHER_SEVERAL}{least} to {most}"
        shared |= dict.fromkeys(sizes, ", ".join((head, *rest_of_kind)))
    return shared


def without_company(text: str) -> str:
    """The label less what it says of others that ran meanwhile.

    Company changes what a trial takes in seconds, but neither what it draws nor what it finds,
    unless it runs out of time; so for all but seconds such trials are of one kind.
    """
    return ", ".join(part for part in _parts(text) if not _of_company(part))


def _parts(text: str) -> list[str]:
    return text.split(", ")


def _of_company(part: str) -> bool:
    return part.endswith(_AT_ONCE) or part.startswith(_SPLIT)
