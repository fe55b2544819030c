"""Records as rows of the store, and back again, with every value checked on the way."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access
from parity_compare.results import COSTS, Record
from parity_compare.spec import TrialSpec
from parity_compare.storage import checks

Row = Mapping[str, Any]
ENDS = ("done", "interrupted", "out of time", "failed")
"""How a session may end; one whose process was killed has none of these."""
_STATUSES = tuple(map(str, Status))
_ACCESS = tuple(map(str, Access))
_CRITERIA = ("support", "prediction", "none")
_LABELS = (
    "access", "side_information", "timing", "status", "criterion", "operations_unit", "engine",
)  # fmt: skip
_SHORT = 200  # characters of a list that is kept in mind
_SPEC_FIELDS = {field.name for field in fields(TrialSpec)} - {"trial"}


@dataclass(frozen=True)
class Session:
    """One run that wrote to a store.

    Attributes:
        id: its number in the store.
        started, ended: in UTC; ``ended`` is None while it runs, and if it was killed.
        how: how it ended, out of :data:`ENDS`; empty while it has not.
        planned: trials of its experiment, by contestant.
        already: how many of them had been there before, by contestant.
        pid, host: the process that ran it; 0 and empty in stores of schema versions 1 and 2.
        environment: versions, processor, threads.
    """

    id: int
    started: datetime
    ended: datetime | None
    how: str
    planned: dict[str, int]
    already: dict[str, int]
    pid: int
    host: str
    environment: dict[str, str]


class Glimpse(NamedTuple):
    """What one stored trial looks like from afar; a hundred thousand are read in about a second.

    Attributes:
        spec: what was run, with 0 for the trial's number, which is not looked at.
        status: how the learner ended.
        solved: the judge's verdict.
        seconds: what it took on its own clock.
        finished: when it was written, in Unix time; nan if it was before schema version 3.
        session: the number of the session that ran it.
    """

    spec: TrialSpec
    status: str
    solved: bool
    seconds: float
    finished: float
    session: int


class Setting:
    """A spec without its trial's number, as the store keeps it once for all trials.

    Args:
        text: what :func:`setting_text` has made.

    Attributes:
        first: the spec with 0 for its trial's number.

    Raises:
        InvalidInput: it is not a valid spec.
    """

    def __init__(self, text: object) -> None:
        values = checks.parsed("a setting", text)
        if not isinstance(values, dict) or not values.keys() <= _SPEC_FIELDS:
            raise InvalidInput(f"a setting must have a spec's fields, got {checks.short(text)}")
        told = values.get("told")
        if not isinstance(told, list):
            raise InvalidInput(f"told must be a list, got {checks.short(told)}")
        try:
            self.first = TrialSpec(**{**values, "told": tuple(told), "trial": 0})
        except TypeError as error:
            raise InvalidInput(f"a setting lacks a field: {error}") from None
        checks.spec(self.first)
        pairs = [[replace(self.first, trial=number).canonical() for number in (0, 1)]]
        if not values.keys() >= _SPEC_FIELDS:
            # Written before a field was added. Its trials had the hash of what a spec was then.
            pairs.append([_canonical({**values, "trial": number}) for number in (0, 1)])
        self._templates = [_template(*pair) for pair in pairs]

    def spec(self, trial: object, key: object) -> TrialSpec:
        """The spec of one trial.

        Raises:
            InvalidInput: ``key`` is not its hash.
        """
        number = checks.whole("trial", trial)
        for before, after in self._templates:
            if hashlib.sha256(f"{before}{number}{after}".encode()).digest() == key:
                return self._numbered(number)
        raise InvalidInput("its key must be the hash of its specification, and is not")

    def _numbered(self, number: int) -> TrialSpec:
        """The spec of the trial with this number.

        What ``replace`` would return, in a tenth of the time: all fields but one are checked
        already, and a large store has a hundred thousand trials.
        """
        spec = object.__new__(TrialSpec)
        vars(spec).update(vars(self.first), trial=number)
        return spec


def setting_text(spec: TrialSpec) -> str:
    """Canonical JSON of a spec without its trial's number."""
    return _canonical({name: value for name, value in vars(spec).items() if name != "trial"})


def to_row(record: Record) -> dict[str, Any]:
    """The values of a trial's row that say how it went.

    Raises:
        InvalidInput: a value that :func:`to_record` would refuse; nothing unreadable is written.
    """
    cost = record.cost
    row = {
        "access": str(record.access),
        "side_information": record.side_information,
        "timing": record.timing,
        "status": str(record.status),
        "solved": int(record.solved),
        "criterion": record.criterion,
        "accuracy": None if math.isnan(record.accuracy) else record.accuracy,
        "support": None if record.support is None else _list(record.support),
        "secret": _list(record.secret),
        **{name: getattr(cost, name) for name in COSTS},
        "operations_unit": cost.operations_unit,
        "message": checks.cut(record.message),
        "engine": record.engine,
    }
    checks.spec(record.spec)
    to_record(record.spec, row, record.trace)
    return row


def to_record(spec: TrialSpec, row: Row, trace: Trace) -> Record:
    """The record in a row.

    Raises:
        InvalidInput: a value is of the wrong type or out of range.
    """
    labels = _labels(*(row[name] for name in _LABELS))
    solved = bool(checks.whole("solved", row["solved"], 0, 1))
    accuracy = row["accuracy"]
    secret = _coordinates("secret", row["secret"], spec.n)
    answer = row["support"]
    support = None if answer is None else _coordinates("support", answer, spec.n)
    if spec.k is not None and len(secret) != spec.k:
        raise InvalidInput(f"secret must have k = {spec.k} coordinates, got {len(secret)}")
    if solved and labels["status"] != Status.FOUND:
        raise InvalidInput(f"solved goes with status found, got status {labels['status']}")
    if solved and labels["criterion"] == "support" and support != secret:
        raise InvalidInput("solved by support means that the support is the secret, and it is not")
    if "step" in trace:
        checks.moments("column step of the trace", trace["step"])
    return Record(
        spec=spec,
        access=labels["access"],
        side_information=labels["side_information"],
        timing=labels["timing"],
        status=labels["status"],
        solved=solved,
        criterion=labels["criterion"],
        accuracy=math.nan if accuracy is None else checks.number("accuracy", accuracy, 0, 1),
        support=support,
        secret=secret,
        cost=_cost(row, labels["operations_unit"]),
        message=checks.text("message", row["message"]),
        engine=labels["engine"],
        trace=trace,
    )


@lru_cache(maxsize=256)
def _labels(*values: object) -> dict[str, str]:
    """What a row says in words, by name, checked; thousands of trials say the same."""
    found = dict(zip(_LABELS, values, strict=True))
    known = {"status": _STATUSES, "criterion": _CRITERIA, "access": _ACCESS}
    return {
        name: checks.one_of(name, value, known[name]) if name in known else checks.line(name, value)
        for name, value in found.items()
    }


def to_glimpse(
    setting: Setting,
    status: object,
    solved: object,
    seconds: object,
    finished: object,
    session: object,
) -> Glimpse:
    """The glimpse of a trial, by the values of its row.

    Raises:
        InvalidInput: a value is of the wrong type or out of range.
    """
    return Glimpse(
        setting.first,
        checks.one_of("status", status, _STATUSES),
        bool(checks.whole("solved", solved, 0, 1)),
        checks.number("seconds", seconds),
        finish_time(finished),
        session_number(session),
    )


def finish_time(value: object) -> float:
    """The Unix time in a trial's row; nan if it is not known."""
    return math.nan if value is None else checks.number("finished", value)


def session_number(value: object) -> int:
    """The number of its session in a trial's row."""
    return checks.whole("session", value, -checks.LARGEST)


def to_session(row: Row) -> Session:
    """The session in a row."""
    ended = row["ended"]
    return Session(
        id=checks.whole("session", row["id"], -checks.LARGEST),
        started=_moment("started", row["started"]),
        ended=None if ended is None else _moment("ended", ended),
        how="" if row["how"] == "" else checks.one_of("how", row["how"], ENDS),
        planned=_counts("planned", row["planned"]),
        already=_counts("already", row["already"]),
        pid=checks.whole("pid", row["pid"]),
        host=checks.line("host", row["host"]),
        environment=checks.mapping(
            "environment",
            checks.parsed("environment", row["environment"]),
            lambda name, value: checks.line(f"environment {name}", value),
        ),
    )


def session_row(session: Session) -> dict[str, Any]:
    """The values of a session's row, its number left out."""
    return {
        "started": session.started.isoformat(),
        "ended": None if session.ended is None else session.ended.isoformat(),
        "how": session.how,
        "planned": json.dumps(session.planned),
        "already": json.dumps(session.already),
        "pid": session.pid,
        "host": session.host,
        "environment": json.dumps(session.environment),
    }


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _template(zero: str, one: str) -> tuple[str, str]:
    """What stands before and after the trial's number, in which alone these two texts differ."""
    place = next(i for i, (a, b) in enumerate(zip(zero, one, strict=True)) if a != b)
    return zero[:place], zero[place + 1 :]


def _cost(row: Row, unit: str) -> Cost:
    return Cost(
        seconds=checks.number("seconds", row["seconds"]),
        samples=checks.whole("samples", row["samples"]),
        queries=checks.whole("queries", row["queries"]),
        steps=checks.whole("steps", row["steps"]),
        operations=checks.number("operations", row["operations"]),
        operations_unit=unit,
        peak_memory=checks.whole("peak_memory", row["peak_memory"]),
    )


def _coordinates(name: str, value: object, n: int) -> tuple[int, ...]:
    if isinstance(value, str) and len(value) <= _SHORT:
        return _short_coordinates(name, value, n)
    return checks.coordinates(name, checks.parsed(name, value), n)


@lru_cache(maxsize=2**14)
def _short_coordinates(name: str, value: str, n: int) -> tuple[int, ...]:
    """All learners meet the same secrets, and most answers are among them."""
    return checks.coordinates(name, checks.parsed(name, value), n)


def _counts(name: str, value: object) -> dict[str, int]:
    counts = checks.parsed(name, value)
    return checks.mapping(name, counts, lambda key, count: checks.whole(f"{name} {key}", count))


def _moment(name: str, value: object) -> datetime:
    written = checks.line(name, value, 40)
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            raise ValueError("it has no time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{name} must be a time with its zone, got {checks.short(written)} ({error})"
        ) from None


def _list(values: tuple[int, ...]) -> str:
    return json.dumps(values, separators=(",", ":"))
