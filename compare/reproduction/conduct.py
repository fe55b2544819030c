"""Runs studies: the trials in the study's own store, then the verdicts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from parity_compare.execution.interrupts import Stop
from parity_compare.execution.resources import Resources
from parity_compare.execution.runner import run_experiment
from parity_compare.experiment import Experiment, Programme
from parity_compare.reproduction.claims import Examination
from parity_compare.reproduction.study import Study, Terms
from parity_compare.results import Record, Results
from parity_compare.storage.store import Store


@dataclass(frozen=True)
class Reproduction:
    """One study, run and judged.

    Attributes:
        study: which.
        terms: on what terms.
        examination: what its trials say.
        trials: how many there are.
        environment: where the last of them ran.
        path: the folder that they are kept in.
    """

    study: Study
    terms: Terms
    examination: Examination
    trials: int
    environment: dict[str, str]
    path: Path


class Watcher(Protocol):
    """Follows the progress of one experiment."""

    def advance(self, record: Record) -> None:
        """A trial has ended."""

    def say(self, text: str) -> None:
        """Something that the user should know."""


class Watch(Protocol):
    """Makes a watcher for the experiments of a study, given the keys that the store has."""

    def __call__(self, programme: Programme, finished: set[str]) -> AbstractContextManager[Watcher]:
        """The watcher, as a context."""


def conduct(
    studies: Sequence[Study],
    terms: Terms,
    out: Path,
    *,
    resources: Resources,
    watch: Watch,
    stop: Stop,
) -> Iterator[Reproduction]:
    """Run studies one after the other; each is yielded when it is judged.

    Trials that the folder already has are not run again, so an interrupted reproduction is gone on
    with by the same call; a study whose trials are not complete is not judged.

    Args:
        studies: which.
        terms: on what terms.
        out: folder; the trials of a study are kept in the folder of its name in there.
        resources: by what means; its total time is that of all studies together.
        watch: makes what follows the experiments of a study.
        stop: flags that end the run early.

    Raises:
        InvalidInput, RunFailed: as :func:`.execution.runner.run_experiment`.
    """
    began = time.monotonic()
    for study in studies:
        folder = out / study.name
        experiments = study.experiments(terms)
        results = Results([])
        if experiments:
            programme = Programme(tuple(experiments.values()))
            with Store(folder) as store, watch(programme, store.finished()) as watcher:
                results = run_experiment(
                    programme,
                    store,
                    resources=_what_is_left(resources, time.monotonic() - began),
                    progress=watcher.advance,
                    notice=watcher.say,
                    stop=stop,
                )
            if stop.requested:
                return
        trials = {name: _of(experiment, results) for name, experiment in experiments.items()}
        examination = study.examine(trials, terms)
        yield Reproduction(study, terms, examination, len(results), results.environment, folder)


def _what_is_left(resources: Resources, spent: float) -> Resources:
    """The same means, with what is left of the total time."""
    if resources.total_seconds is None:
        return resources
    return replace(resources, total_seconds=max(1e-3, resources.total_seconds - spent))


def _of(experiment: Experiment, results: Results) -> Results:
    """The trials of one experiment among those of all."""
    by_key = {record.key: record for record in results.records}
    records = [by_key[spec.key] for spec in experiment.specs()]
    return Results(records, results.environment, results.path)
