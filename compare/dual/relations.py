"""Every XOR relation among the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from parity_compare.dual.hunt import Hunt
from parity_compare.dual.limits import checked
from parity_compare.dual.reading import read
from parity_compare.dual.relation import Relations

if TYPE_CHECKING:
    from parity_compare.problems.assembly import Missing
    from parity_compare.problems.samples import Encoding


def relations(
    data: Any,
    *,
    max_k: int = 6,
    group: str | npt.ArrayLike | None = None,
    fdr: float = 0.01,
    time_limit: float | None = 60.0,
    threads: int | None = None,
    collisions: bool = True,
    names: Sequence[str] = (),
    unpack: Sequence[str] = (),
    ignore: Sequence[str] = (),
    missing: Missing = "error",
    encoding: Encoding = "auto",
) -> Relations:
    """Find every set of at most ``max_k`` columns whose XOR is constant up to noise.

    These are the words of low weight of the noisy dual space. With groups, they are the sets whose
    XOR is constant within every group and differs between groups; relations that hold over all rows
    say nothing about groups and are kept apart.

    All subsets of 2, 3, ... columns (with groups 1, 2, ...) are counted on all rows, sizes one
    after the other as far as the time limit allows, which :attr:`.Relations.stages` tells. Sizes
    beyond are searched by :mod:`.collisions` in the time that is left; :attr:`.Relations.reach`
    tells which noise rates that would hardly have missed. The p-values are those of :mod:`.chances`
    and :mod:`.group_chances`, discoveries are controlled by the procedure of Benjamini and
    Yekutieli, and :mod:`.span` reduces them to generating relations.

    Complexity: C(n, k) subsets at m / 64 word operations each.

    Args:
        data: a :class:`~parity_compare.problems.tables.Table`, the path of a file, a DataFrame, or
            an ``(m, n)`` array of bits.
        max_k: largest number of columns in a relation, at least 1.
        group: the name of the column that tells the groups, or ``(m,)`` labels of the rows.
        fdr: bound on the expected share of false discoveries, in (0, 1).
        time_limit: seconds of searching, None for no limit. Reading and compiling come before;
            what has begun when it ends, and the judgement of what was found, come on top.
        threads: threads to search with, by default all cores that this process may use.
        collisions: whether to search sizes that are too large to be counted.
        names: the columns' names, if ``data`` is an array.
        unpack, ignore, missing, encoding: how to read a file or a DataFrame, see
            :func:`~parity_compare.problems.files.read_table`.

    Raises:
        InvalidInput: a value breaks its rule, or the data cannot be read.
    """
    limits = checked(max_k, fdr, time_limit, threads)
    table = read(data, names, group, unpack, ignore, missing, encoding)
    return Hunt(table, limits, collisions=collisions).run()
