"""Commands that run trials again, as a shell reads them."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from operator import attrgetter
from typing import Any

from parity_compare.reports.digest import Digest
from parity_compare.spec import TrialSpec

PLACE = "{trial}"
"""Stands in a template for the number of the trial; a label that holds it is written otherwise."""
AGAIN = "again"
"""The folder that a command for one trial writes to, so that it finds no record of that trial."""
_COMMANDS_AT_MOST = 8
_ALWAYS = ("algos", "n", "k", "trials", "trial", "seed", "device")
_DEFAULTS = {
    "noise": "0", "samples": "none", "time-limit": "60s", "sample-limit": "none",
    "step-limit": "none", "tell": "k,noise", "threads": "1", "variant": "plain",
    "probes": "standard", "moments": "log", "replays": "1",
}  # fmt: skip


_SHARED = attrgetter(
    *(field.name for field in fields(TrialSpec) if field.name not in ("trial", "parameters"))
)


@dataclass
class Ran:
    """Trials that have all but their number in common.

    Attributes:
        first: the first one's spec.
        trials: their numbers.
    """

    first: TrialSpec
    trials: set[int]


def settings(specs: Iterable[TrialSpec]) -> list[Ran]:
    """The trials by what they have in common, in order of first appearance."""
    found: dict[Hashable, Ran] = {}
    for spec in specs:
        # Parameters are one object for all trials of a setting, and no key themselves.
        key = (*_SHARED(spec), id(spec.parameters))
        if key not in found:
            found[key] = Ran(spec, set())
        found[key].trials.add(spec.trial)
    return list(found.values())


def commands(digest: Digest, ran: Sequence[Sequence[Ran]]) -> tuple[list[str], list[str]]:
    """What runs all trials of the results again, and what the commands do not say.

    Args:
        digest: the results.
        ran: for each of its entries, what :func:`settings` makes of it.

    Returns:
        A command per group of trials that share everything but the grid's axes and the trial, at
        most eight; and notes.
    """
    groups: dict[tuple[Any, ...], list[Ran]] = {}
    for entry, kinds in zip(digest.entries, ran, strict=True):
        for kind in kinds:
            spec = kind.first
            # Of a batch that was cut short, one trial may have been left to run singly.
            batch = spec.batched or entry.contestant.together
            shared = (
                spec.seed, spec.told, spec.seconds, spec.max_samples, spec.max_steps, spec.threads,
                spec.probes, spec.moments, spec.replays, batch,
            )  # fmt: skip
            groups.setdefault(shared, []).append(kind)
    written = [_of_grid(group, batch=key[-1]) for key, group in groups.items()]
    notes = []
    if len(written) > _COMMANDS_AT_MOST:
        notes.append(f"{len(written) - _COMMANDS_AT_MOST} more commands are left out.")
    if any(_grid_size(group) > _distinct(group) for group in groups.values()):
        notes.append("A command runs a full grid, of which this report has a part.")
    if len({contestant.device for contestant in digest.contestants}) > 1:
        notes.append("Learners that ran on one device only are run on every device named.")
    return written[:_COMMANDS_AT_MOST], notes


def rerun(spec: TrialSpec) -> str:
    """What runs one trial alone into a new folder, with :data:`PLACE` for the trial's number.

    The template is the same for all trials of a cell. It holds the place exactly once.
    """
    options = _options([spec])
    label = options.pop("algos")
    words = ["parity-compare run", f"--trial {PLACE}", f"--algos {_quoted(label)}"]
    words += [f"--{name} {_quoted(value)}" for name, value in options.items()]
    if spec.batched:
        words.append("--batch")
    return " ".join([*words, f"--out {AGAIN}"])


def _of_grid(group: Sequence[Ran], *, batch: bool) -> str:
    options = _options([ran.first for ran in group])
    # The number of trials stands where a reader looks for it, behind the grid's axes.
    words = ["parity-compare", "run"]
    for name, value in options.items():
        if name == "seed":
            words += ["--trials", str(1 + max(max(ran.trials) for ran in group))]
        words += [f"--{name}", shlex.quote(value)]
    return " ".join([*words, "--batch"] if batch else words)


def _options(specs: Sequence[TrialSpec]) -> dict[str, str]:
    """The options of these trials but their number; those at their defaults only if they matter."""
    first = specs[0]
    options = {
        "algos": ",".join(dict.fromkeys(spec.learner for spec in specs)),
        "n": _list(spec.n for spec in specs),
        "k": _list(spec.k for spec in specs),
        "noise": _list(spec.noise for spec in specs),
        "samples": _list(spec.samples for spec in specs),
        "seed": str(first.seed),
        "device": _list(spec.device for spec in specs),
        "time-limit": "none" if first.seconds is None else f"{_plain(first.seconds)}s",
        "sample-limit": _list([first.max_samples]),
        "step-limit": _list([first.max_steps]),
        "tell": ",".join(first.told) or "none",
        "threads": str(first.threads),
        "variant": _list(spec.variant for spec in specs),
        "probes": first.probes,
        "moments": first.moments,
        "replays": str(first.replays),
    }
    return {
        name: value
        for name, value in options.items()
        if name in _ALWAYS or value != _DEFAULTS.get(name)
    }


def _distinct(group: Sequence[Ran]) -> int:
    """How many of the grid's points these trials are."""
    facts = ("learner", "device", "n", "k", "noise", "samples", "variant")
    points: dict[Hashable, set[int]] = {}
    for ran in group:
        point = tuple(getattr(ran.first, name) for name in facts)
        points.setdefault(point, set()).update(ran.trials)
    return sum(map(len, points.values()))


def _grid_size(group: Sequence[Ran]) -> int:
    size = 1 + max(max(ran.trials) for ran in group)
    size *= len({(ran.first.learner, ran.first.device) for ran in group})
    for axis in ("n", "k", "noise", "samples", "variant"):
        size *= len({getattr(ran.first, axis) for ran in group})
    return size


def _list(values: Iterable[Any]) -> str:
    return ",".join(
        dict.fromkeys(
            "none" if v is None else _plain(v) if isinstance(v, float) else str(v) for v in values
        )
    )


def _plain(value: float) -> str:
    """A number in full, without an exponent, which is read back as the same number."""
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def _quoted(text: str) -> str:
    """A word for the shell, in which the place of the trial's number does not occur."""
    # Whatever has a brace stands in single quotes, which may end and begin again anywhere.
    return shlex.quote(text).replace(PLACE, f"{PLACE[:3]}''{PLACE[3:]}")
