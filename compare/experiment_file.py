"""Experiment files: TOML, read so that every fault is told with its file, line and key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NoReturn

from parity_compare.algorithms import registry
from parity_compare.algorithms.learner import Learner
from parity_compare.problems.errors import InvalidInput

Key = tuple[str | int, ...]
"""Where a value stands: names of tables and keys, and numbers of list items from 0."""

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")  # tomllib's words
_LARGEST = 1 << 20  # bytes; whoever gives a larger file has named the wrong one


class ExperimentFile:
    """The contents of an experiment file, and where they stand.

    Args:
        path: the file.

    Raises:
        InvalidInput: it cannot be read, or is not TOML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = _read(path)
        try:
            self._contents = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            place = _PLACE.search(str(error))
            line = int(place[1]) if place and place[1] else self._text.count("\n") + 1
            reason = _PLACE.sub("", str(error))
            raise InvalidInput(f"{path}, line {line}: this is not TOML: {reason}") from None
        except (ValueError, RecursionError) as error:  # thousands of digits, or of brackets
            raise InvalidInput(f"{path} holds a value beyond all measure: {error}") from None

    def check(self, known: Iterable[Key]) -> None:
        """Refuse keys that nobody reads.

        Args:
            known: all keys that there may be; their tables may be there, too. What is inside
                ``learners`` is not looked at.

        Raises:
            InvalidInput: another key, or a value where a table belongs, or the reverse.
        """
        keys = set(known)
        tables = {key[:length] for key in keys for length in range(1, len(key))}
        for key, value in self._leaves(self._contents, (), tables):
            if key in tables:
                self.fail(key, f"{dotted(key)} must be a table, got {value!r}")
            if key not in keys:
                self._refuse_unknown(key, keys | tables)

    def __contains__(self, key: Key) -> bool:
        return _holds(self._contents, key)

    def __getitem__(self, key: Key) -> Any:
        value: Any = self._contents
        for part in key:
            value = value[part]
        return value

    def learners(self) -> tuple[str, ...]:
        """The texts of the learners, from which :func:`.registry.parse` makes them.

        ``learners`` is a text, a list of texts, or a list of tables; a table has a ``name``, and
        its other keys are parameters. Lists of values span a grid of learners.

        Raises:
            InvalidInput: there is none, or one is not known or not well-formed.
        """
        if ("learners",) not in self:
            raise InvalidInput(f"{self.path} names no learners, and neither does --algos")
        given = self["learners",]
        if given == []:
            self.fail(("learners",), "learners must not be empty")
        texts: list[str] = []
        for number, entry in enumerate(given if isinstance(given, list) else [given]):
            place: Key = ("learners", number) if isinstance(given, list) else ("learners",)
            if isinstance(entry, str):
                texts.append(self._label(place, entry))
            elif isinstance(entry, dict):
                texts += self._grid(place, entry)
            else:
                self.fail(place, f"a learner must be a text or a table, got {entry!r}")
        return tuple(texts)

    def fail(self, key: Key, message: str) -> NoReturn:
        """Raise an error that is due to the value at ``key``."""
        raise InvalidInput(f"{self.path}, line {self.line(key)}: {message}") from None

    def line(self, key: Key) -> int:
        """The line, counted from 1, on which the value at ``key`` begins.

        The shortest beginning of the file that is TOML and has the key ends with its value, which
        began behind the last shorter one that is TOML. It is found by bisection.
        """
        lines = self._text.split("\n")
        without, least = 0, len(lines)  # lines that are TOML and have no such key; not yet known
        while least - without > 1:
            middle = (without + least) // 2
            for count in range(middle, least):
                try:
                    contents = tomllib.loads("\n".join(lines[:count]))
                except tomllib.TOMLDecodeError:
                    continue  # in the middle of a value of several lines
                if _holds(contents, key):
                    least = middle
                else:
                    without = count
                break
            else:
                least = middle
        return without + 1

    def _leaves(
        self, table: Mapping[str, Any], above: Key, tables: set[Key]
    ) -> Iterable[tuple[Key, Any]]:
        """All values that are not tables which there may be, with their keys."""
        for name, value in table.items():
            key = (*above, name)
            if key in tables and isinstance(value, dict):
                yield from self._leaves(value, key, tables)
            else:
                yield key, value

    def _refuse_unknown(self, key: Key, known: set[Key]) -> NoReturn:
        """Name the nearest key: of the same table by spelling, else of any table by name."""
        names = {dotted(other): other for other in known}
        beside = [name for name, other in names.items() if other[:-1] == key[:-1]]
        near = difflib.get_close_matches(dotted(key), beside, n=1, cutoff=0.6)
        if not near:
            same = [name for name, other in names.items() if other[-1] == key[-1]]
            near = same[:1] or difflib.get_close_matches(dotted(key), names, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(beside)}"
        self.fail(key, f"unknown key {dotted(key)}{hint}")

    def _grid(self, place: Key, table: Mapping[str, Any]) -> list[str]:
        """One text per combination of the parameters' values."""
        if "name" not in table:
            self.fail(place, "a learner's table must have a name")
        name = table["name"]
        if not isinstance(name, str) or "[" in name:
            self.fail((*place, "name"), f"a learner's name must be a word, got {name!r}")
        self._make((*place, "name"), name)
        choices: list[list[tuple[str, Any]]] = []
        for key, value in table.items():
            values = value if isinstance(value, list) else [value]
            if not values:
                self.fail((*place, key), f"{key} must not be empty")
            if key != "name":
                choices.append([(key, one) for one in values])
        return [self._combination(place, name, chosen) for chosen in product(*choices)]

    def _combination(self, place: Key, name: str, parameters: Sequence[tuple[str, Any]]) -> str:
        """The text of the learner with these parameters."""
        settings = [self._setting((*place, key), key, value) for key, value in parameters]
        try:
            learner = registry.parse(f"{name}[{','.join(settings)}]" if settings else name)
        except InvalidInput as error:
            # The culprit is a parameter that is wrong even alone, if there is one.
            for (key, _), setting in zip(parameters, settings, strict=True):
                self._make((*place, key), f"{name}[{setting}]")
            self.fail(place, str(error))
        for key, value in parameters:
            if isinstance(value, str) and not isinstance(getattr(learner, key), str | None):
                message = f"{key} must be a number, true or false, not the text {value!r}"
                self.fail((*place, key), message)
        return registry.label(learner)

    def _setting(self, where: Key, key: str, value: object) -> str:
        """``key=value`` as the registry reads it."""
        plain = isinstance(value, int | float)
        if not plain and not (isinstance(value, str) and not set(value) & set(",[]=")):
            self.fail(where, f"{key} must be a number, a word, true or false, got {value!r}")
        return f"{key}={str(value).lower() if isinstance(value, bool) else value}"

    def _label(self, place: Key, text: str) -> str:
        return registry.label(self._make(place, text))

    def _make(self, place: Key, text: str) -> Learner:
        try:
            return registry.parse(text)
        except InvalidInput as error:
            self.fail(place, str(error))


def dotted(key: Key) -> str:
    """A key as a reader writes it: ``grid.n``, ``learners[1].width``."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in key]
    return "".join(parts).removeprefix(".")


def _holds(contents: Any, key: Key) -> bool:
    value = contents
    for part in key:
        if isinstance(value, list):
            there = isinstance(part, int) and part < len(value)
        else:
            there = isinstance(value, dict) and part in value
        if not there:
            return False
        value = value[part]
    return True


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise InvalidInput(f"experiment file {path} does not exist") from None
    except IsADirectoryError:
        raise InvalidInput(f"experiment file {path} is a folder") from None
    except OSError as error:
        raise InvalidInput(f"experiment file {path} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST:
        raise InvalidInput(f"experiment file {path} must be at most 1 MiB")
    try:
        # Editors on Windows begin a file with a mark and end lines with two characters.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(f"{path}, line {line}: this is not UTF-8") from None
