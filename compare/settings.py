"""One set of settings for a run: defaults, overridden by a file, overridden by the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity_compare.arguments import (
    Read,
    duration,
    flag,
    integer,
    limit,
    literals,
    optional,
    real,
    several,
    size,
    told,
    word,
)
from parity_compare.problems.errors import InvalidInput

if TYPE_CHECKING:  # what is light is imported above: the command line shows the defaults
    from parity_compare.execution.resources import Resources
    from parity_compare.experiment import Experiment
    from parity_compare.experiment_file import ExperimentFile


@dataclass(frozen=True)
class Setting:
    """One thing that can be set.

    Attributes:
        key: where it stands in an experiment file.
        option: its name on the command line, without dashes.
        read: reads its value, from either.
        default: its value where nobody sets it, as the command line would have it; None where it
            depends on others.
        shown: the default in words, where ``default`` is None.
        literal: whether its text on the command line stands for numbers, or for a list.
        argument: what the classes that take it call it, if not by its option.
    """

    key: tuple[str, ...]
    option: str
    read: Read[Any]
    default: str | bool | None
    shown: str = ""
    literal: bool = False
    argument: str = ""

    @property
    def default_text(self) -> str:
        """The default as the documentation shows it."""
        return str(self.default) if isinstance(self.default, str) else self.shown


SETTINGS: tuple[Setting, ...] = (
    Setting(("seed",), "seed", integer, "0", literal=True),
    Setting(("trials",), "trials", integer, "10", literal=True),
    Setting(("tell",), "tell", told, "k,noise", literal=True, argument="told"),
    Setting(("out",), "out", word, "results"),
    Setting(("probes",), "probes", word, "standard"),
    Setting(("moments",), "moments", word, "log"),
    Setting(("replays",), "replays", integer, "1", literal=True),
    Setting(("grid", "n"), "n", several(integer), "30", literal=True),
    Setting(("grid", "k"), "k", several(optional(integer)), "3", literal=True),
    Setting(("grid", "noise"), "noise", several(real), "0", literal=True),
    Setting(("grid", "samples"), "samples", several(optional(integer)), "none", literal=True),
    Setting(("grid", "variant"), "variant", several(word), "plain", literal=True),
    Setting(("limits", "time"), "time-limit", duration, "60s"),
    Setting(("limits", "samples"), "sample-limit", limit, "none", literal=True),
    Setting(("limits", "steps"), "step-limit", limit, "none", literal=True),
    Setting(("limits", "total-time"), "total-time", duration, "none", argument="total_seconds"),
    Setting(("limits", "memory"), "memory-limit", size, "none", argument="memory"),
    Setting(("run", "device"), "device", several(word), "auto", literal=True),
    Setting(("run", "threads"), "threads", integer, "1", literal=True),
    Setting(("run", "jobs"), "jobs", integer, None, "1; with dask, all that the cluster has"),
    Setting(("run", "backend"), "backend", word, "loky"),
    Setting(("run", "scheduler"), "scheduler", optional(word), "none"),
    Setting(("run", "batch"), "batch", flag, None, "only if trials run side by side"),
    Setting(("run", "retry-errors"), "retry-errors", flag, True, "true"),
)
"""All settings but the learners, in the order of the documentation."""

_BY_OPTION = {setting.option: setting for setting in SETTINGS}
_BY_ARGUMENT = {setting.argument or setting.option: setting for setting in SETTINGS}


def default_text(option: str) -> str:
    """The default of an option, as its help shows it."""
    return _BY_OPTION[option].default_text


class Settings:
    """What a run was asked for.

    Args:
        file: the experiment file, if there is one.
        options: the command line's options by name; None is an option that was not given. ``trial``
            is one of them and no setting: it is about one run only.

    Raises:
        InvalidInput: the file has an unknown key, a value is not of its kind, or both a number of
            trials and one of them are given on the command line.
    """

    def __init__(self, file: ExperimentFile | None, options: Mapping[str, object]) -> None:
        self._file = file
        self._options = {name: value for name, value in options.items() if value is not None}
        if "trial" in self._options and "trials" in self._options:
            raise InvalidInput(
                f"--trial runs one trial of every cell and --trials all of them; give one of them, "
                f"got --trial {self._options['trial']} and --trials {self._options['trials']}"
            )
        if file is not None:
            file.check([("learners",), *(setting.key for setting in SETTINGS)])
        self._values = {setting.option: self._value(setting) for setting in SETTINGS}

    @property
    def out(self) -> Path:
        """Folder of the results, relative to the current directory."""
        return Path(self._values["out"])

    @property
    def retry_errors(self) -> bool:
        """Whether trials that ended in ``error`` are run again."""
        return bool(self._values["retry-errors"])

    def resources(self) -> Resources:
        """By what means the run is carried out.

        Raises:
            InvalidInput: a value is out of range.
        """
        from parity_compare.execution.resources import Resources

        chosen = self._values
        with self._blamed():
            return Resources(
                jobs=1
                if chosen["jobs"] is None and chosen["backend"] != "dask"
                else chosen["jobs"],
                backend=chosen["backend"],
                scheduler=chosen["scheduler"],
                memory=chosen["memory-limit"],
                total_seconds=chosen["total-time"],
            )

    def experiment(self) -> Experiment:
        """What is run.

        Raises:
            InvalidInput: a value is out of range, or a learner is not known or missing.
        """
        from parity_compare.experiment import Experiment, resolve_devices

        chosen, learners = self._values, self._learners()
        batch = chosen["batch"]
        with self._blamed():
            return Experiment(
                learners=learners,
                n=chosen["n"],
                k=chosen["k"],
                noise=chosen["noise"],
                samples=chosen["samples"],
                trials=chosen["trials"],
                seed=chosen["seed"],
                devices=resolve_devices(chosen["device"]),
                told=chosen["tell"],
                seconds=chosen["time-limit"],
                max_samples=chosen["sample-limit"],
                max_steps=chosen["step-limit"],
                threads=chosen["threads"],
                # Where nothing runs beside a trial, its own time is worth more than the run's.
                batch=self.resources().parallel if batch is None else batch,
                variant=chosen["variant"],
                probes=chosen["probes"],
                moments=chosen["moments"],
                replays=chosen["replays"],
                trial=self._trial,
            )

    @property
    def _trial(self) -> int | None:
        given = self._options.get("trial")
        return None if given is None else integer("--trial", given)

    def _learners(self) -> tuple[str, ...]:
        from parity_compare.algorithms import registry

        algos = self._options.get("algos")
        if algos is not None:
            return tuple(registry.split(str(algos)))
        if self._file is None:
            raise InvalidInput("say which learners to run: --algos, or an experiment file")
        return self._file.learners()

    def _value(self, setting: Setting) -> Any:
        option = self._options.get(setting.option)
        if option is None and not self._from_file(setting.option, setting.key):
            option = setting.default
            if option is None:
                return None
        if option is not None:
            name = f"--{setting.option}"
            written = setting.literal and isinstance(option, str)
            return setting.read(name, literals(name, str(option)) if written else option)
        assert self._file is not None
        try:
            return setting.read(".".join(setting.key), self._file[setting.key])
        except InvalidInput as error:
            self._file.fail(setting.key, str(error))

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Name the line of the file whose value is out of range, if it is the file's."""
        try:
            yield
        except InvalidInput as error:
            argument, _, rest = str(error).partition(" ")
            setting = _BY_ARGUMENT.get(argument)
            if self._file is None:
                raise
            if setting is not None and self._from_file(setting.option, setting.key):
                self._file.fail(setting.key, f"{'.'.join(setting.key)} {rest}")
            if str(error).startswith("the device of ") and self._from_file("algos", ("learners",)):
                self._file.fail(("learners",), str(error))
            raise

    def _from_file(self, option: str, key: tuple[str, ...]) -> bool:
        """Whether the file has set a value, and the command line has not."""
        return self._file is not None and option not in self._options and key in self._file
