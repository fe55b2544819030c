"""Relations among columns: planted ones are found, chance and bias make none."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import FUNCTIONS, banks, masks, rank, span, with_relation

from parity_compare.dual.relations import relations
from parity_compare.dual.search import Enumeration
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.tables import Table
from parity_compare.statistics import wilson


def test_planted_relations_are_found_with_constant_noise_and_agreement() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (2000, 20))
    with_relation(X, (1, 4, 9), 0.05, rng)
    with_relation(X, (2, 3, 5, 7, 11), 0.1, rng, constant=1)
    X[:, 19] = 1
    X[:, 18] = 1 - X[:, 0]
    found = relations(X, max_k=5)
    assert [relation.support for relation in found.basis] == [(1, 4, 9), (2, 3, 5, 7, 11)]
    first, second = found.basis
    assert (first.constant, second.constant) == (0, 1)
    for relation, eta in ((first, 0.05), (second, 0.1)):
        parity = X[:, list(relation.support)].sum(axis=1) % 2
        assert relation.agreements == np.count_nonzero(parity == relation.constant)
        assert relation.noise == wilson(2000 - relation.agreements, 2000)
        assert relation.noise.low < eta < relation.noise.high
        assert relation.q_value < 1e-100
        assert relation.columns == tuple(f"x{i}" for i in relation.support)
    assert [(c.column, c.value) for c in found.constants] == [(19, 1)]
    assert [(c.column, c.of, c.negated) for c in found.copies] == [(18, 0, True)]
    assert found.complete
    assert found.complete_to == 5


@given(st.integers(0, 2**32), st.integers(0, 3))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_discoveries_are_those_of_all_p_values_and_benjamini_yekutieli(seed, planted) -> None:
    """Every subset by itertools, its p-value and SciPy's step-up procedure."""
    from scipy import stats

    rng = np.random.default_rng(seed)
    m, n, max_k = int(rng.integers(40, 400)), int(rng.integers(3, 9)), 4
    X = (rng.random((m, n)) < rng.choice([0.5, 0.5, 0.2], n)).astype(int)
    for _ in range(planted):
        size = int(rng.integers(2, min(n, max_k) + 1))
        with_relation(X, rng.choice(n, size, replace=False), rng.choice([0.05, 0.3]), rng)
    found = relations(X, max_k=max_k, threads=1)
    apart = {c.column for c in found.constants} | {c.column for c in found.copies}
    kept = [i for i in range(n) if i not in apart]
    subsets = [
        subset
        for size in range(2, min(max_k, len(kept)) + 1)
        for subset in itertools.combinations(kept, size)
    ]
    if not subsets:
        assert not found.everything
        return
    ones = np.array([np.count_nonzero(X[:, subset].sum(axis=1) % 2) for subset in subsets])
    e = np.array([np.prod(1 - 2 * X[:, subset].mean(axis=0)) for subset in subsets])
    law = stats.binom(m, (1 - e) / 2)
    chances = np.minimum(1.0, 2 * np.minimum(law.cdf(ones), law.sf(ones - 1)))
    q = stats.false_discovery_control(chances, method="by")
    clear = {s for s, value in zip(subsets, q, strict=True) if value <= 0.0099}
    possible = {s for s, value in zip(subsets, q, strict=True) if value <= 0.0101}
    assert clear <= {relation.support for relation in found.everything} <= possible
    assert found.candidates == len(subsets)


def test_random_columns_have_no_relations() -> None:
    """50 tables, where BY at 1 % makes any discovery in at most 1 % each.

    More than 4 in 50 happen with probability 2e-4 at that rate; the procedure is conservative.
    """
    rng = np.random.default_rng(1)
    alarms = sum(
        bool(relations(rng.integers(0, 2, (200, 12)), max_k=4, threads=1).everything)
        for _ in range(50)
    )
    assert alarms <= 4


def test_biased_columns_make_no_relations() -> None:
    """As for fair columns, more than 4 in 50 with probability 2e-4; a bias is a notice."""
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(50):
        X = (rng.random((400, 10)) < [0.02, 0.05, 0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 0.95]) * 1
        found = relations(X, max_k=4, threads=1)
        alarms += bool(found.everything)
        assert {b.name for b in found.biased} >= {"x0", "x1", "x8", "x9"} - {
            f"x{c.column}" for c in (*found.constants, *found.copies)
        }
    assert alarms <= 4


def test_a_bias_neither_fakes_nor_hides_a_relation() -> None:
    rng = np.random.default_rng(3)
    X = rng.integers(0, 2, (3000, 12))
    X[:, 0] = rng.random(3000) < 0.1
    X[:, 1] = rng.random(3000) < 0.1
    with_relation(X, (4, 5, 6), 0.05, rng)
    # Two biased columns that differ far less often than two independent ones would.
    X[:, 3] = X[:, 1] ^ (rng.random(3000) < 0.02)
    found = relations(X, max_k=4)
    assert [relation.support for relation in found.basis] == [(1, 3), (4, 5, 6)]
    # The relation and a biased column together are a discovery, and not news.
    assert (0, 4, 5, 6) in [relation.support for relation in found.everything]


def _kernel(matrix):
    """Rows that span the vectors x with matrix @ x = 0 (mod 2)."""
    import galois

    return np.array(galois.GF2(matrix % 2).null_space()).astype(int)


def test_noisy_relations_of_a_code_span_its_dual() -> None:
    """A (3, 6)-regular code of length 24, one bit in a hundred flipped: the basis spans the dual.

    A check of weight 6 disagrees in 5.7 % of 1000 words, at 17 standard errors from the level of a
    discovery.
    """
    rng = np.random.default_rng(4)
    n, m = 24, 1000
    checks = np.zeros((12, n), dtype=int)
    for block in range(3):
        for i, part in enumerate(rng.permutation(n).reshape(4, 6)):
            checks[4 * block + i, part] = 1
    dual = span(int(sum(1 << int(j) for j in np.flatnonzero(check))) for check in checks)
    basis = _kernel(checks)
    words = rng.integers(0, 2, (m, len(basis))) @ basis % 2
    words ^= rng.random(words.shape) < 0.01
    found = relations(words, max_k=6)
    assert span(masks(found.basis)) == dual
    assert found.rank == rank(masks(found.everything))
    assert all(relation.weight <= 6 for relation in found.basis)


def test_bank_functions_are_recovered_from_noisy_groups() -> None:
    """The published functions of a memory controller, 5 % of the addresses in a random bank."""
    rng = np.random.default_rng(5)
    bits, names, bank = banks(rng, 2000, 0.05)
    found = relations(bits, names=names, group=bank, max_k=7)
    wanted = [sum(1 << (i - 6) for i in function) for function in FUNCTIONS]
    assert span(masks(found.basis)) == span(wanted)
    assert found.rank == 5
    assert {relation.columns for relation in found.basis} == {
        ("a14", "a17"), ("a15", "a18"), ("a16", "a19"), ("a17", "a20"),
        ("a7", "a8", "a9", "a12", "a13", "a15", "a16"),
    }  # fmt: skip
    assert found.groups_told_apart == 32
    assert found.everywhere == ()
    for relation in found.basis:
        assert relation.constant is None
        parity = bits[:, list(relation.support)].sum(axis=1) % 2
        majority = np.array(relation.values)[bank]
        assert relation.agreements == np.count_nonzero(parity == majority)
        # A bank that is drawn anew is wrong in one function with probability 1/2.
        assert relation.noise.low < 0.025 < relation.noise.high


def test_a_relation_over_all_rows_says_nothing_about_groups() -> None:
    rng = np.random.default_rng(6)
    bits, names, bank = banks(rng, 2000, 0.05)
    with_relation(bits, (0, 16, 17, 18), 0.02, rng)
    bits[:, 19] = rng.random(2000) < 0.05
    found = relations(bits, names=names, group=bank, max_k=5)
    assert [relation.support for relation in found.everywhere] == [(0, 16, 17, 18)]
    assert {relation.columns for relation in found.basis} == {
        ("a14", "a17"), ("a15", "a18"), ("a16", "a19"), ("a17", "a20"),
    }  # fmt: skip


def test_functions_are_told_where_one_of_their_values_has_most_of_the_rows() -> None:
    """Banks 0 to 4 of 16: each function but the last, always 0, is biased over all rows."""
    rng = np.random.default_rng(9)
    bits, names, bank = banks(rng, 12_000, 0.05)
    few = bank < 5
    found = relations(bits[few], names=names, group=bank[few], max_k=4)
    assert [relation.columns for relation in found.everywhere] == [("a17", "a20")]
    # a17 = a20 in nearly all rows, so each may stand for the other.
    assert {tuple(c.replace("a20", "a17") for c in r.columns) for r in found.basis} == {
        ("a14", "a17"), ("a15", "a18"), ("a16", "a19"),
    }  # fmt: skip


def test_random_groups_have_no_functions() -> None:
    """50 tables; more than 4 alarms at 1 % each happen with probability 2e-4."""
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(50):
        X = (rng.random((300, 8)) < [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1, 0.9]) * 1
        found = relations(X, group=rng.integers(0, 6, 300), max_k=3, threads=1)
        alarms += bool(found.basis)
    assert alarms <= 4


def test_groups_by_name_by_labels_and_from_a_table() -> None:
    rng = np.random.default_rng(8)
    X = rng.integers(0, 2, (500, 6))
    bank = X[:, 1] ^ X[:, 4]
    named = np.column_stack([X, bank])
    names = [*(f"x{i}" for i in range(6)), "bank"]
    for found in (
        relations(X, group=bank, max_k=3),
        relations(named, names=names, group="bank", max_k=3),
        relations(Table.from_arrays(named, names), group="bank", max_k=3),
    ):
        assert [relation.columns for relation in found.basis] == [("x1", "x4")]
        assert found.basis[0].values == (0, 1)
    with pytest.raises(InvalidInput, match="no column 'row' to group by; X has the columns"):
        relations(X, group="row")
    with pytest.raises(InvalidInput, match=r"group must have shape \(500,\), got shape \(3,\)"):
        relations(X, group=[1, 2, 3])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_k": 0}, "max_k must be at least 1, got 0"),
        ({"fdr": 1.0}, r"fdr must lie in \(0, 1\), got 1.0"),
        ({"time_limit": 0}, "time_limit must be positive, got 0"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"max_k": "3"}, "max_k must be an integer, got '3'"),
        ({"max_k": 2.5}, r"max_k must be an integer, got 2\.5"),
        ({"fdr": "a"}, "fdr must be a number, got 'a'"),
        ({"fdr": float("nan")}, r"fdr must lie in \(0, 1\), got nan"),
        ({"time_limit": "60s"}, "time_limit must be a number, got '60s'"),
        ({"threads": 1.0}, r"threads must be an integer, got 1\.0"),
    ],
)
def test_values_that_break_a_rule(options, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        relations(np.eye(4, dtype=int), **options)


def test_options_of_reading_hold_for_arrays_too_and_are_refused_for_tables() -> None:
    rng = np.random.default_rng(4)
    X = np.column_stack([rng.integers(0, 64, 300), rng.integers(0, 2, (300, 3))])
    X[:, 1] = (X[:, 0] >> 2 ^ X[:, 0] >> 5) & 1
    found = relations(X, names=["addr", "b", "c", "d"], unpack="addr:0-5", ignore=["d"], max_k=3)
    assert [relation.columns for relation in found.basis] == [("addr2", "addr5", "b")]
    table = Table.from_arrays(X[:, 1:])
    with pytest.raises(InvalidInput, match="unpack and ignore are for data that are still to be"):
        relations(table, ignore=["x0"])


@pytest.mark.parametrize("gap", [None, float("nan"), "NA"])
def test_a_row_without_a_group_is_named(gap) -> None:
    labels = np.array(["a", "b", gap, "a"], dtype=object)
    with pytest.raises(
        InvalidInput, match="group must have a value in every row, got none in row 3"
    ):
        relations([[0, 1], [1, 0], [1, 1], [0, 0]], group=labels)


def test_sizes_that_time_does_not_allow_are_named() -> None:
    rng = np.random.default_rng(9)
    X = rng.integers(0, 2, (500, 400))
    with_relation(X, (3, 50), 0.05, rng)
    found = relations(X, max_k=8, time_limit=1.0, collisions=False)
    assert not found.complete
    assert 2 <= found.complete_to < 8
    assert [stage.weight for stage in found.stages] == list(range(2, 9))
    left = found.stages[-1]
    assert left.visited == 0
    assert left.seconds > 1000
    assert [relation.support for relation in found.basis] == [(3, 50)]


def test_an_interruption_passes_through_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Enumeration, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        relations(np.random.default_rng(0).integers(0, 2, (50, 6)))


def test_too_few_rows_detect_nothing_and_say_so() -> None:
    found = relations(np.random.default_rng(0).integers(0, 2, (10, 12)), max_k=4)
    assert found.detectable is None
    assert not found.everything


def test_threads_do_not_change_the_answer() -> None:
    rng = np.random.default_rng(10)
    X = rng.integers(0, 2, (300, 60))
    with_relation(X, (3, 50, 20), 0.2, rng)
    one, two = (relations(X, max_k=4, threads=threads) for threads in (1, 2))
    assert one.everything == two.everything
