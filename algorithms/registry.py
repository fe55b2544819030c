"""Learners by name: the built-in ones, those of other packages, and those registered by hand."""

from __future__ import annotations

import difflib
import types
import typing
from dataclasses import MISSING, fields
from functools import cache, lru_cache
from importlib.metadata import EntryPoint, entry_points

from parity_compare.algorithms.learner import Learner
from parity_compare.problems.errors import InvalidInput

GROUP = "parity_compare.learners"
_OWN = "parity_compare."
Parameter = int | float | str | bool | None

_registered: dict[str, type[Learner]] = {}


def register(learner: type[Learner]) -> type[Learner]:
    """Make a learner class known under its ``name``; usable as a decorator.

    A class of the same module and name replaces its predecessor: a notebook's cell may be run
    again, and a class with an entry point may be decorated as well.

    Raises:
        InvalidInput: the name is taken by another class.
    """
    entry, before = _entry_points().get(learner.name), _registered.get(learner.name)
    holder = entry.value if entry is not None else _address(before) if before is not None else None
    if holder not in (None, _address(learner)):
        raise InvalidInput(f"learner name {learner.name!r} is already taken by {holder}")
    _registered[learner.name] = learner
    return learner


def portable() -> bytes:
    """The learners registered at run time, for :func:`adopt` in another process.

    Classes of a script or a notebook travel whole, others as the address of their module.
    """
    import cloudpickle

    return cloudpickle.dumps(_registered) if _registered else b""


def adopt(learners: bytes) -> None:
    """Register what :func:`portable` gave in a process of the same user; it is unpickled."""
    if learners:
        import cloudpickle

        _registered.update(cloudpickle.loads(learners))


def names() -> list[str]:
    """The names of all known learners: installed ones first, in the order of their entry points."""
    return list(dict.fromkeys([*_entry_points(), *_registered]))


def origin(name: str) -> str:
    """The distribution that a learner comes from, or ``registered at run time``."""
    entry = _entry_points().get(name)
    if entry is None:
        return "registered at run time"
    return entry.dist.name if entry.dist is not None else "unknown distribution"


def learner_class(name: str) -> type[Learner]:
    """The class behind a name.

    Raises:
        InvalidInput: no such learner; the message gives the nearest names.
    """
    if name in _registered:
        return _registered[name]
    entry = _entry_points().get(name)
    if entry is None:
        raise InvalidInput(f"unknown learner {name!r}{_nearest(name, names())}")
    try:
        loaded = _load(entry)
    except Exception as error:  # another package's fault is told, and the other learners work on
        reason = f"{type(error).__name__}: {error}"
        raise InvalidInput(
            f"learner {name!r} of {origin(name)} cannot be loaded: {reason}"
        ) from error
    if not (isinstance(loaded, type) and issubclass(loaded, Learner)):
        raise InvalidInput(f"entry point {entry.value!r} of learner {name!r} is not a Learner")
    return loaded


def without_import(name: str) -> type[Learner] | None:
    """The class behind a name that stands in somebody's results; None if it is not at hand.

    At hand are this package's own learners and those registered in this process. A plug-in is not:
    a name in a file must not make another package's code run.
    """
    entry = _entry_points().get(name)
    own = entry is not None and entry.value.startswith(_OWN)
    return learner_class(name) if own or name in _registered else None


def parse(text: str) -> Learner:
    """A learner from text such as ``gf2`` or ``sgd[width=1000,lr=0.1]``.

    Raises:
        InvalidInput: unknown learner or parameter (with the nearest names), or a value of the
            wrong type or range.
    """
    name, bracket, rest = text.strip().partition("[")
    cls = learner_class(name.strip())
    if bracket and not rest.endswith("]"):
        raise InvalidInput(f"learner {text.strip()!r} lacks its closing bracket ']'")
    return _configured(cls, name, rest[:-1])


@lru_cache(maxsize=1024)
def _configured(cls: type[Learner], name: str, inside: str) -> Learner:
    """A learner from what stands between the brackets; an immutable one serves all who ask.

    An experiment asks several times, and a grid of thousands of experiments ever again.
    """
    settings: dict[str, Parameter] = {}
    for setting in filter(None, (part.strip() for part in inside.split(","))):
        key, equals, value = (part.strip() for part in setting.partition("="))
        if not equals:
            raise InvalidInput(f"parameter {setting!r} of {name} must be written name=value")
        if key in settings:
            raise InvalidInput(f"parameter {key!r} of {name} is given twice")
        settings[key] = _convert(cls, key, value)
    return cls(**settings)


def split(text: str) -> list[str]:
    """Split a comma list of learners, leaving the commas inside brackets alone."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [part.strip() for part in [*parts, current]]


def label(learner: Learner) -> str:
    """The shortest text from which :func:`parse` makes an equal learner."""
    given = {
        f.name: getattr(learner, f.name)
        for f in fields(learner)
        if f.default is MISSING or getattr(learner, f.name) != f.default
    }
    inside = ",".join(f"{name}={_text(value)}" for name, value in given.items())
    return f"{learner.name}[{inside}]" if inside else learner.name


def _address(learner: type[Learner]) -> str:
    """Where a class is defined, as entry points write it."""
    return f"{learner.__module__}:{learner.__qualname__}"


def _text(value: Parameter) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _load(entry: EntryPoint) -> object:
    return entry.load()


@cache
def _entry_points() -> dict[str, EntryPoint]:
    """Entry points by name; where two packages claim a name, this one's own learner keeps it."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.value.startswith(_OWN))
    return {entry.name: entry for entry in found}


def _nearest(word: str, candidates: list[str]) -> str:
    near = difflib.get_close_matches(word, candidates, n=3, cutoff=0.5)
    if near:
        # Beside a hit, a word that shares some letters is no help.
        likeness = [difflib.SequenceMatcher(None, name, word).ratio() for name in near]
        near = [name for name, like in zip(near, likeness, strict=True) if like > 0.8 * likeness[0]]
        return f"; did you mean {' or '.join(near)}?"
    return f"; known are {', '.join(candidates)}"


def _convert(cls: type[Learner], key: str, text: str) -> Parameter:
    hints = _hints(cls)
    if key not in hints:
        known = list(hints)
        hint = _nearest(key, known) if known else "; it has no parameters"
        raise InvalidInput(f"unknown parameter {key!r} of {cls.name}{hint}")
    hint = hints[key]
    union = typing.get_origin(hint) in (types.UnionType, typing.Union)
    options = typing.get_args(hint) if union else (hint,)
    for kind in options:
        if kind is type(None) and text.lower() == "none":
            return None
        if kind is bool and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if typing.get_origin(kind) is typing.Literal:
            for option in typing.get_args(kind):
                if text == _text(option):
                    return typing.cast(Parameter, option)
        if kind is str:
            return text
        if kind in (int, float):
            try:
                return int(text) if kind is int else float(text)
            except ValueError:
                continue
    wanted = " or ".join(_describe(kind) for kind in options)
    raise InvalidInput(f"parameter {key} of {cls.name} must be {wanted}, got {text!r}")


@cache
def _hints(cls: type[Learner]) -> dict[str, typing.Any]:
    """The types of a learner's fields; to evaluate them takes a millisecond."""
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _describe(kind: object) -> str:
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(str(option) for option in typing.get_args(kind))
    words = {int: "an integer", float: "a number", bool: "true or false", type(None): "none"}
    return words.get(kind, str(kind)) if isinstance(kind, type) else str(kind)
