"""Learners by name: what is written is what is made, and what is wrong is named."""

from dataclasses import dataclass
from typing import Literal, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms import Finding, Learner, Status, registry
from parity_compare.algorithms.correlation_queries import CorrelationQueries
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.registry import label, learner_class, parse, register, split
from parity_compare.problems import Access, InvalidInput


@dataclass(frozen=True)
class EveryType(Learner):
    """Parameters of every type that may be written in brackets."""

    name = "every-type"
    access = Access.SAMPLE

    whole: int = 3
    real: float = 0.5
    flag: bool = False
    word: str = "a"
    choice: Literal["left", "right"] = "left"
    level: Literal[1, 2] = 1
    maybe: float | None = None
    older: Optional[int] = None  # noqa: UP045 - other packages may write it so

    def search(self, task):
        return Finding(Status.GAVE_UP)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The learner of every type, for the time of one test."""
    monkeypatch.setattr(registry, "_registered", {"every-type": EveryType})


def complaint(function, *arguments):
    with pytest.raises(InvalidInput) as error:
        function(*arguments)
    return str(error.value)


# --- text to learner and back ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "learner"),
    [
        ("gf2", GaussianElimination()),
        (" gf2 [ surplus = 5 ] ", GaussianElimination(surplus=5)),
        ("gf2[]", GaussianElimination()),
        ("exhaustive[failure=1e-3,assumed_noise=0.1]", ExhaustiveSearch(1e-3, 0.1)),
        ("sq[tolerance=none]", CorrelationQueries()),
        ("sq[tolerance=0.2,answers=exact]", CorrelationQueries(0.2, "exact")),
        ("every-type[whole=-7,real=-2]", EveryType(whole=-7, real=-2.0)),
        ("every-type[flag=True,maybe=None]", EveryType(flag=True)),
        ("every-type[word=b c,choice=right]", EveryType(word="b c", choice="right")),
        ("every-type[maybe=1e-9,level=2]", EveryType(maybe=1e-9, level=2)),
        ("every-type[older=4]", EveryType(older=4)),
    ],
)
def test_text_makes_the_learner_it_says(text, learner):
    assert parse(text) == learner
    assert parse(label(learner)) == learner


def test_types_are_those_of_the_fields():
    learner = parse("every-type[real=2,maybe=3,level=2]")
    assert isinstance(learner.real, float)
    assert isinstance(learner.maybe, float)
    assert isinstance(learner.level, int)


learners = st.builds(
    EveryType,
    whole=st.integers(),
    real=st.floats(allow_nan=False),
    flag=st.booleans(),
    word=st.from_regex(r"[a-z0-9_.:+ -]*[a-z]", fullmatch=True).map(str.strip),
    choice=st.sampled_from(["left", "right"]),
    level=st.sampled_from([1, 2]),
    maybe=st.none() | st.floats(allow_nan=False),
    older=st.none() | st.integers(),
)


@given(learners)
@settings(deadline=None, derandomize=True)
def test_a_label_is_read_back_as_the_same_learner(learner):
    assert parse(label(learner)) == learner


@given(st.lists(learners, min_size=1, max_size=4))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_list_of_labels_is_split_into_them(several):
    labels = [label(learner) for learner in several]
    assert split(",".join(labels)) == labels
    assert split(" , ".join(labels)) == labels


def test_a_label_names_what_differs_from_the_defaults_only():
    assert label(GaussianElimination()) == "gf2"
    assert label(GaussianElimination(surplus=5, coset_limit=1 << 32)) == "gf2[surplus=5]"
    assert label(EveryType(flag=True, maybe=0.25)) == "every-type[flag=true,maybe=0.25]"


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gf3", "unknown learner 'gf3'; did you mean gf2?"),
        ("exhaustiv", "unknown learner 'exhaustiv'; did you mean exhaustive?"),
        ("gf2[surplus=3", "learner 'gf2[surplus=3' lacks its closing bracket ']'"),
        ("gf2[surplus]", "parameter 'surplus' of gf2 must be written name=value"),
        ("gf2[surplus=1,surplus=2]", "parameter 'surplus' of gf2 is given twice"),
        ("gf2[surpls=3]", "unknown parameter 'surpls' of gf2; did you mean surplus?"),
        ("gf2[zzz=3]", "unknown parameter 'zzz' of gf2; known are surplus, coset_limit"),
        ("gf2[surplus=3.5]", "parameter surplus of gf2 must be an integer, got '3.5'"),
        ("gf2[surplus=]", "parameter surplus of gf2 must be an integer, got ''"),
        ("gf2[surplus=-1]", "surplus must be at least 0, got -1"),
        ("exhaustive[failure=no]", "parameter failure of exhaustive must be a number, got 'no'"),
        ("exhaustive[failure=nan]", "failure must lie in (0, 1), got nan"),
        ("sq[tolerance=much]", "parameter tolerance of sq must be a number or none, got 'much'"),
        ("every-type[flag=1]", "parameter flag of every-type must be true or false, got '1'"),
        (
            "every-type[choice=up]",
            "parameter choice of every-type must be one of left, right, got 'up'",
        ),
        ("every-type[level=3]", "parameter level of every-type must be one of 1, 2, got '3'"),
        (
            "every-type[older=x]",
            "parameter older of every-type must be an integer or none, got 'x'",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(text, message):
    assert complaint(parse, text) == message


def test_a_name_like_no_other_is_answered_with_all_names():
    message = complaint(parse, "qqqqqq")
    assert message.startswith("unknown learner 'qqqqqq'; known are ")
    assert all(name in message for name in registry.names())
    assert "unknown learner ''" in complaint(parse, "")


# --- registration ---------------------------------------------------------------------------------


def make(called, **attributes):
    base = {"name": called, "access": Access.SAMPLE, "search": lambda self, task: None}
    return type("Made", (Learner,), base | attributes)


def test_a_registered_class_is_known_like_a_built_in_one():
    mine = register(make("mine"))
    assert learner_class("mine") is mine
    assert registry.names()[-1] == "mine"
    assert registry.origin("mine") == "registered at run time"
    assert registry.origin("gf2") == "parity-compare"


def test_a_name_belongs_to_one_class():
    register(make("mine"))
    other = make("mine", __qualname__="Other")
    assert "learner name 'mine' is already taken by " in complaint(register, other)
    assert "learner name 'gf2' is already taken by " in complaint(register, make("gf2"))
    assert learner_class("gf2") is GaussianElimination


def test_the_same_class_may_be_registered_again():
    """A notebook's cell is run twice; a class with an entry point is decorated as well."""
    first, second = make("mine"), make("mine")
    assert first is not second
    register(first)
    register(second)
    assert learner_class("mine") is second
    assert register(GaussianElimination) is GaussianElimination
    assert registry.names().count("gf2") == 1
