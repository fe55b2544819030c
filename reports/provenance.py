"""What was run, where, and the command that runs it again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parity_compare.reports import wording
from parity_compare.reports.digest import Contestant, Digest
from parity_compare.results import Results
from parity_compare.spec import TrialSpec

_COMMANDS_AT_MOST = 8


@dataclass(frozen=True)
class Provenance:
    """Facts in words for the report's head and foot.

    Attributes:
        line: the shortest account, for the head.
        facts: what was run, name and value.
        environment: where it ran, name and value.
        parameters: a contestant per learner as it was written, and its hyper-parameters in words.
        commands: what runs these trials again.
        folder: how commands may name the results' folder.
        notes: what the commands do not say.
    """

    line: str
    facts: list[tuple[str, str]]
    environment: list[tuple[str, str]]
    parameters: list[tuple[Contestant, str]]
    commands: list[str]
    folder: str
    notes: list[str]


def provenance(results: Results, digest: Digest) -> Provenance:
    """Read it off the trials' specifications."""
    specs = [record.spec for record in digest.records]
    # The folder's own name only: a report is passed on, and its reader has another home.
    folder = results.path.name if results.path is not None and results.path.name else "results"
    environment = [(str(name), str(value)) for name, value in results.environment.items()]
    if not specs:
        return Provenance("", [], environment, [], [], folder, [])
    counts = {entry.trials for entry in digest.entries}
    trials = str(min(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
    limits = [
        _values("seconds", (s.seconds for s in specs), wording.seconds),
        _values("examples", (s.max_samples for s in specs), wording.whole),
        _values("steps", (s.max_steps for s in specs), wording.whole),
    ]
    told = {wording.told_words(", ".join(spec.told)) for spec in specs}
    facts = [
        ("learners", ", ".join(dict.fromkeys(c.name for c in digest.contestants))),
        ("n", _axis(s.n for s in specs)),
        ("k", _axis("dense" if s.k is None else s.k for s in specs)),
        ("noise rate", _axis(s.noise for s in specs)),
        (
            "examples on offer",
            _axis(
                "fresh ones without end" if s.samples is None else f"a list of {s.samples:,}"
                for s in specs
            ),
        ),
        ("kinds of instances", _axis(s.variant for s in specs)),
        ("trials per secret and start", _axis(s.replays for s in specs)),
        ("trials per cell", trials),
        ("trials in all", wording.whole(len(specs))),
        ("limits per trial", ", ".join(filter(None, limits)) or "none"),
        ("side information offered", "; ".join(sorted(told))),
        ("timing", "; ".join(dict.fromkeys(c.timing for c in digest.contestants))),
        ("CPU threads per trial", _axis(s.threads for s in specs)),
        ("seed", _axis(s.seed for s in specs)),
    ]
    commands, notes = _commands(digest)
    line = " · ".join(
        filter(
            None,
            (
                wording.plural(len(digest.contestants), "learner"),
                wording.plural(len(digest.instances), "instance"),
                wording.plural(len(specs), "trial"),
                f"limit per trial {dict(facts)['limits per trial']}",
                f"seed {dict(facts)['seed']}",
                results.environment.get("started", "").partition("T")[0],
                results.environment.get("processor", ""),
                results.environment.get("gpu", ""),
            ),
        )
    )
    return Provenance(line, facts, environment, _parameters(digest), commands, folder, notes)


def _parameters(digest: Digest) -> list[tuple[Contestant, str]]:
    """Every learner's hyper-parameters, those at their defaults included; [] if none are on record.

    A learner that ran under several values of one, as when a default has changed since, names all.
    """
    learners: dict[str, tuple[Contestant, dict[str, list[str]]]] = {}
    for entry in digest.entries:
        contestant = entry.contestant
        _, values = learners.setdefault(contestant.label, (contestant, {}))
        for record in entry.records:
            for name, value in record.spec.parameters.items():
                text = _parameter(value)
                if text not in values.setdefault(name, []):
                    values[name].append(text)
    if not any(values for _, values in learners.values()):
        return []
    return [
        (who, ", ".join(f"{name} = {' or '.join(texts)}" for name, texts in values.items()))
        for who, values in learners.values()
    ]


def _parameter(value: float | str | None) -> str:
    """A hyper-parameter as it is written in a learner's brackets."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _values(name: str, values: Iterable[float | None], show: Callable[[float], str]) -> str:
    """A limit in words, empty if no trial had it."""
    distinct = list(dict.fromkeys(values))
    if distinct == [None]:
        return ""
    told = ["none" if value is None else show(value) for value in distinct]
    return f"{' or '.join(told)}" + ("" if name == "seconds" else f" {name}")


def _axis(values: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(f"{v:g}" if isinstance(v, float) else str(v) for v in values))


def _commands(digest: Digest) -> tuple[list[str], list[str]]:
    """A command per group of trials that share everything but the grid's axes and the trial."""
    groups: dict[tuple[Any, ...], list[TrialSpec]] = {}
    for entry in digest.entries:
        for record in entry.records:
            spec = record.spec
            # Of a batch that was cut short, one trial may have been left to run singly.
            batch = spec.batched or entry.contestant.together
            shared = (
                spec.seed, spec.told, spec.seconds, spec.max_samples, spec.max_steps, spec.threads,
                spec.probes, spec.moments, spec.replays, batch,
            )  # fmt: skip
            groups.setdefault(shared, []).append(spec)
    commands = [_command(specs, batch=key[-1]) for key, specs in groups.items()]
    notes = []
    if len(commands) > _COMMANDS_AT_MOST:
        notes.append(f"{len(commands) - _COMMANDS_AT_MOST} more commands are left out.")
    if any(_grid_size(specs) > _distinct(specs) for specs in groups.values()):
        notes.append("A command runs a full grid, of which this report has a part.")
    if len(digest.instances) > 1 or len(digest.contestants) > 1:
        notes.append("Learners that ran on one device only are run on every device named.")
    return commands[:_COMMANDS_AT_MOST], notes[: -1 if _one_device(digest) else None]


def _one_device(digest: Digest) -> bool:
    return len({contestant.device for contestant in digest.contestants}) == 1


def _distinct(specs: Sequence[TrialSpec]) -> int:
    """How many of the grid's points these trials are."""
    facts = ("learner", "device", "n", "k", "noise", "samples", "variant", "trial")
    return len({tuple(getattr(spec, name) for name in facts) for spec in specs})


def _grid_size(specs: Sequence[TrialSpec]) -> int:
    size = 1 + max(spec.trial for spec in specs)
    size *= len({(spec.learner, spec.device) for spec in specs})
    for axis in ("n", "k", "noise", "samples", "variant"):
        size *= len({getattr(spec, axis) for spec in specs})
    return size


def _command(specs: Sequence[TrialSpec], *, batch: bool) -> str:
    first = specs[0]
    options = {
        "algos": ",".join(dict.fromkeys(spec.learner for spec in specs)),
        "n": _list(spec.n for spec in specs),
        "k": _list(spec.k for spec in specs),
        "noise": _list(spec.noise for spec in specs),
        "samples": _list(spec.samples for spec in specs),
        "trials": str(1 + max(spec.trial for spec in specs)),
        "seed": str(first.seed),
        "device": _list(spec.device for spec in specs),
        "time-limit": "none" if first.seconds is None else f"{first.seconds:.15g}s",
        "sample-limit": _list([first.max_samples]),
        "step-limit": _list([first.max_steps]),
        "tell": ",".join(first.told) or "none",
        "threads": str(first.threads),
        "variant": _list(spec.variant for spec in specs),
        "probes": first.probes,
        "moments": first.moments,
        "replays": str(first.replays),
    }
    words = ["parity-compare", "run"]
    for name, value in options.items():
        if name in ("algos", "n", "k", "trials", "seed", "device") or value != _DEFAULTS.get(name):
            words += [f"--{name}", shlex.quote(value)]
    return " ".join([*words, "--batch"] if batch else words)


_DEFAULTS = {
    "noise": "0", "samples": "none", "time-limit": "60s", "sample-limit": "none",
    "step-limit": "none", "tell": "k,noise", "threads": "1", "variant": "plain",
    "probes": "standard", "moments": "log", "replays": "1",
}  # fmt: skip


def _list(values: Iterable[Any]) -> str:
    return ",".join(
        dict.fromkeys(
            "none" if v is None else f"{v:.15g}" if isinstance(v, float) else str(v) for v in values
        )
    )
