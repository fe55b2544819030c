"""What the list of learners says of them, asked of their classes."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import ClassVar, Literal

import pytest

from parity_compare.algorithms import registry
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.networks.catalogue import DEFAULTS
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access
from parity_compare.terminal.description import describe, origin, told


@dataclass(frozen=True)
class Fickle(Learner):
    """Wants to know more in some moods.

    And there is more to say.
    """

    name: ClassVar[str] = "fickle"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k",)

    mood: Literal["calm", "anxious", "gloomy"] = "calm"
    company: Literal["good", "bad"] | None = None

    def __post_init__(self) -> None:
        if self.mood == "gloomy" and self.company is None:
            raise InvalidInput("mood gloomy needs company")

    @property
    def wants(self) -> tuple[str, ...]:
        return ("k", "noise") if self.mood != "calm" or self.company == "bad" else ("k",)

    def search(self, task: Task) -> Finding:
        return Finding(Status.GAVE_UP)


@dataclass(frozen=True)
class Demanding(Learner):
    """Has a parameter without a default."""

    name: ClassVar[str] = "demanding"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("noise",)

    patience: int

    def search(self, task: Task) -> Finding:
        return Finding(Status.GAVE_UP)


@pytest.mark.parametrize("name", ["sgd", "langevin"])
def test_networks_of_degree_k_are_said_to_be_told_k(name: str) -> None:
    needing = [network for network, own in DEFAULTS.items() if own.needs_k]
    description = describe(registry.learner_class(name))
    assert description["side_information"] == []
    assert description["side_information_if"] == {"k": {"network": needing}}
    assert told(description) == (
        "k (if network is power, k-zigzag, polynomial, polynet or disjoint-polynet)"
    )


@pytest.mark.parametrize("name", registry.names())
def test_nothing_that_a_learner_uses_is_left_out(name: str) -> None:
    description = describe(registry.learner_class(name))
    said = {*description["side_information"], *description["side_information_if"]}
    assert set(registry.learner_class(name).uses) <= said
    assert told(description)


def test_where_a_built_in_learner_comes_from() -> None:
    description = describe(registry.learner_class("gf2"))
    assert description["origin"] == "parity-compare"
    assert description["version"] == version("parity-compare")
    assert origin(description) == f"parity-compare {version('parity-compare')}"


def test_a_learner_registered_at_run_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    registry.register(Fickle)
    description = describe(Fickle)
    assert origin(description) == "registered at run time"
    assert description["version"] is None
    assert description["what"] == "Wants to know more in some moods."


def test_what_depends_on_a_choice_names_the_choice() -> None:
    """A choice that does not go with the other defaults is passed over."""
    description = describe(Fickle)
    assert description["side_information"] == ["k"]
    assert description["side_information_if"] == {
        "noise": {"mood": ["anxious"], "company": ["bad"]}
    }
    assert told(description) == "k, noise (if mood is anxious or company is bad)"


def test_a_learner_that_cannot_be_made_without_parameters_is_described_by_its_class() -> None:
    description = describe(Demanding)
    assert description["parameters"] == {"patience": None}
    assert told(description) == "noise"
