"""Runs studies: every experiment in its study's own store, then the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from parity_compare.execution.interrupts import Stop
from parity_compare.execution.resources import Resources
from parity_compare.execution.runner import run_experiment
from parity_compare.experiment import Experiment
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
    """Makes a watcher for an experiment of a study, given the keys that the store has."""

    def __call__(
        self, study: Study, experiment: Experiment, finished: set[str]
    ) -> AbstractContextManager[Watcher]:
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
        resources: by what means.
        watch: makes what follows an experiment.
        stop: flags that end the run early.

    Raises:
        InvalidInput, RunFailed: as :func:`.execution.runner.run_experiment`.
    """
    for study in studies:
        folder = out / study.name
        trials: dict[str, Results] = {}
        for name, experiment in study.experiments(terms).items():
            with Store(folder) as store:
                finished = store.finished()
                with watch(study, experiment, finished) as watcher:
                    trials[name] = run_experiment(
                        experiment,
                        store,
                        resources=resources,
                        progress=watcher.advance,
                        notice=watcher.say,
                        stop=stop,
                    )
            if stop.requested:
                return
        environment = next(iter(trials.values())).environment if trials else {}
        yield Reproduction(
            study,
            terms,
            study.examine(trials, terms),
            sum(map(len, trials.values())),
            environment,
            folder,
        )
