"""What was run, where, and the command that runs it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parity_compare.reports import wording
from parity_compare.reports.commands import Ran, commands, settings
from parity_compare.reports.contestants import Contestant
from parity_compare.reports.digest import Digest
from parity_compare.results import Results
from parity_compare.storage.union import FOLDERS


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
    ran = [settings(record.spec for record in entry.records) for entry in digest.entries]
    specs = [kind.first for kinds in ran for kind in kinds]
    count = sum(entry.trials for entry in digest.entries)
    # The folder's own name only: a report is passed on, and its reader has another home.
    folder = results.path.name if results.path is not None and results.path.name else "results"
    environment = [(str(name), str(value)) for name, value in results.environment.items()]
    if len(results.machines) > 1:
        ran_on = [f"{name} ({wording.plural(n, 'trial')})" for name, n in results.machines.items()]
        environment.insert(0, ("machines", "; ".join(ran_on)))
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
        ("trials in all", wording.whole(count)),
        ("limits per trial", ", ".join(filter(None, limits)) or "none"),
        ("side information offered", "; ".join(sorted(told))),
        ("timing", "; ".join(dict.fromkeys(c.timing for c in digest.contestants))),
        ("CPU threads per trial", _axis(s.threads for s in specs)),
        ("seed", _axis(s.seed for s in specs)),
    ]
    again, notes = commands(digest, ran)
    merged = results.environment.get(FOLDERS)
    if merged is not None:
        notes.append(
            f"The trials are those of several folders ({merged}); parity-compare merge writes them "
            "into one."
        )
    line = " · ".join(
        filter(
            None,
            (
                wording.plural(len(digest.contestants), "learner"),
                wording.plural(len(digest.instances), "instance"),
                wording.plural(count, "trial"),
                f"limit per trial {dict(facts)['limits per trial']}",
                f"seed {dict(facts)['seed']}",
                results.environment.get("started", "").partition("T")[0],
                results.environment.get("processor", ""),
                results.environment.get("gpu", ""),
            ),
        )
    )
    return Provenance(line, facts, environment, _parameters(digest, ran), again, folder, notes)


def _parameters(digest: Digest, ran: Sequence[Sequence[Ran]]) -> list[tuple[Contestant, str]]:
    """Every learner's hyper-parameters, those at their defaults included; [] if none are on record.

    A learner that ran under several values of one, as when a default has changed since, names all.
    """
    learners: dict[str, tuple[Contestant, dict[str, list[str]]]] = {}
    for entry, kinds in zip(digest.entries, ran, strict=True):
        contestant = entry.contestant
        _, values = learners.setdefault(contestant.label, (contestant, {}))
        for kind in kinds:
            for name, value in kind.first.parameters.items():
                text = parameter_text(value)
                if text not in values.setdefault(name, []):
                    values[name].append(text)
    if not any(values for _, values in learners.values()):
        return []
    return [
        (who, ", ".join(f"{name} = {' or '.join(texts)}" for name, texts in values.items()))
        for who, values in learners.values()
    ]


def parameter_text(value: float | str | None) -> str:
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
