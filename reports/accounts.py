"""What a study found, as it stands in a file: ``claims.json``, from which pages are made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from parity_compare.problems.errors import InvalidInput
from parity_compare.reproduction import catalogue
from parity_compare.reproduction.claims import Claim, Table
from parity_compare.reproduction.conduct import Reproduction
from parity_compare.storage.writing import replacing

DATA = "claims.json"
_LARGEST = 50_000_000  # bytes; a study's file has a few hundred thousand
T = TypeVar("T")


@dataclass(frozen=True)
class Account:
    """One study, judged.

    Attributes:
        study, title, about: which.
        scale, seed, device: on what terms.
        trials: how many there are.
        environment: where the last of them ran.
        claims, tables, notes: what they say.
        plots: title by name.
    """

    study: str
    title: str
    about: str
    scale: str
    seed: int
    device: str
    trials: int
    environment: dict[str, str]
    claims: list[Claim]
    tables: list[Table]
    plots: dict[str, str]
    notes: list[str]


def as_json(reproduction: Reproduction) -> dict[str, Any]:
    """One study for programs; numbers that are not finite become null."""
    study, found = reproduction.study, reproduction.examination
    return {
        "study": study.name,
        "title": study.title,
        "about": study.about,
        "terms": asdict(reproduction.terms),
        "trials": reproduction.trials,
        "environment": reproduction.environment,
        "claims": [asdict(claim) | {"verdict": claim.verdict} for claim in found.claims],
        "tables": [asdict(table) for table in found.tables],
        "plots": [_finite(asdict(plot)) for plot in found.plots],
        "notes": found.notes,
    }


def write_account(reproduction: Reproduction) -> None:
    """Write a study's ``claims.json`` into the folder of its trials.

    Raises:
        OSError: the folder cannot be written to.
    """
    with replacing(reproduction.path / DATA) as new:
        text = json.dumps(as_json(reproduction), separators=(",", ":"), allow_nan=False)
        new.write_text(f"{text}\n", encoding="utf-8")


def accounts(out: Path) -> list[Account]:
    """Those of all studies that have been judged in a folder, in the studies' order.

    Raises:
        InvalidInput: a file is not what :func:`write_account` writes.
        OSError: a file cannot be read.
    """
    paths = [out / name / DATA for name in catalogue.NAMES]
    return [read_account(path) for path in paths if path.is_file()]


def read_account(path: Path) -> Account:
    """The study that a ``claims.json`` tells of.

    Raises:
        InvalidInput: it is not what :func:`write_account` writes.
        OSError: it cannot be read.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it must have at most {_LARGEST} bytes")
        found = json.loads(path.read_text(encoding="utf-8"))
        terms = found["terms"]
        return Account(
            study=_checked(str, found["study"]),
            title=_checked(str, found["title"]),
            about=_checked(str, found["about"]),
            scale=_checked(str, terms["scale"]),
            seed=_checked(int, terms["seed"]),
            device=_checked(str, terms["device"]),
            trials=_checked(int, found["trials"]),
            environment={
                _checked(str, k): _checked(str, v) for k, v in found["environment"].items()
            },
            claims=[_claim(claim) for claim in _checked(list, found["claims"])],
            tables=[_table(table) for table in _checked(list, found["tables"])],
            plots={
                _checked(str, p["name"]): _checked(str, p["title"])
                for p in _checked(list, found["plots"])
            },
            notes=_texts(found["notes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(
            f"{path} must be what reproduce has written; run its study again ({error!r})"
        ) from None


def _claim(found: Mapping[str, Any]) -> Claim:
    values = {field.name: _checked(str, found[field.name]) for field in fields(Claim)}
    claim = Claim(**values)  # type: ignore[arg-type]  # its verdict looks the two choices up
    if claim.verdict != found["verdict"]:
        raise ValueError(f"the verdict of {claim.name} must follow from its answer")
    return claim


def _table(found: Mapping[str, Any]) -> Table:
    rows = [tuple(_texts(row)) for row in _checked(list, found["rows"])]
    return Table(_checked(str, found["title"]), tuple(_texts(found["columns"])), rows)


def _texts(found: Any) -> list[str]:
    return [_checked(str, text) for text in _checked(list, found)]


def _checked(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} was to be expected, got {type(value).__name__}")
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return [_finite(part) for part in value] if is_list else value
