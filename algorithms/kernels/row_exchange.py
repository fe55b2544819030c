"""Information sets of a pool of noisy equations, changed by one row at a time.

A *window* is a random choice of n' columns and of pool rows: n' rows with an invertible matrix A_I
(the information set I) and r *checks*, the rows outside. Its *tableau* holds, packed by column, the
checks in systematic form: entry (j, i) of T = A_J A_I^-1 says whether check j needs basis row i,
and the last column is the syndrome b_J + T b_I. If the labels of I are right, the syndrome is the
noise of the checks; if label i alone is wrong, the syndrome plus column i is.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.bit_blocks import parity_of, transpose_block
from parity_compare.algorithms.kernels.words import popcount, trailing_zeros

Words = npt.NDArray[np.uint64]
Bits = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]

_ONE = np.uint64(1)
_ZERO = np.uint64(0)


@numba.njit(cache=True, nogil=True)
def random_word(state: Words) -> np.uint64:
    """SplitMix64 (Steele, Lea, Flood 2014): the next word of the stream whose state is given."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.uint64(z ^ (z >> np.uint64(31)))


@numba.njit(cache=True, nogil=True)
def random_below(state: Words, bound: int) -> np.int64:
    """A number in 0..bound-1, bound < 2^31 (uniform but for a bias of bound / 2^32)."""
    return np.int64(((random_word(state) >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32))


@numba.njit(cache=True, nogil=True)
def shuffle_front(order: Indices, count: int, state: Words) -> None:
    """Bring a random choice of ``count`` entries to the front (Fisher and Yates)."""
    for i in range(count):
        j = i + random_below(state, len(order) - i)
        order[i], order[j] = order[j], order[i]


@numba.njit(cache=True, nogil=True)
def exchange(tableau: Words, column: int, check: int, flips: Words) -> None:
    """Swap basis row ``column`` with ``check``, whose entry in that column must be 1.

    From x_check = x_column + sum_c T[check, c] x_c follows the new form of every other check: those
    that need the basis row take T[check, c] along. The row of the check and the column are as they
    were, now read as the old basis row's, and the new basis row's.

    Args:
        tableau: ``(words, n' + 1)`` uint64, changed in place.
        flips: ``(n' + 1,)`` uint64, scratch.
    """
    words, width = tableau.shape
    word, bit = check >> 6, np.uint64(check & 63)
    if words == 1:
        before = tableau[0, column]
        addend = before ^ (_ONE << bit)
        for c in range(width):
            entry = tableau[0, c]
            tableau[0, c] = entry ^ (addend & (_ZERO - ((entry >> bit) & _ONE)))
        tableau[0, column] = before
        return
    for c in range(width):
        flips[c] = _ZERO - ((tableau[word, c] >> bit) & _ONE)
    for w in range(words):
        before = tableau[w, column]
        addend = before ^ (_ONE << bit) if w == word else before
        for c in range(width):
            tableau[w, c] ^= addend & flips[c]
        tableau[w, column] = before


@numba.njit(cache=True, nogil=True)
def random_exchange(tableau: Words, state: Words, flips: Words) -> tuple[int, int]:
    """Exchange a random basis row with a random check that needs it.

    Returns:
        The column and the check; the column is -1 where no check needs the basis row drawn, and
        nothing is done.
    """
    words, width = tableau.shape
    column = random_below(state, width - 1)
    draw = random_word(state)
    first = np.int64((draw >> np.uint64(32)) % np.uint64(words)) if words > 1 else 0
    for step in range(words):
        word = (first + step) % words if words > 1 else 0
        entries = tableau[word, column]
        if entries != _ZERO:
            # The first one at or after a random position, cyclically.
            turn = draw & np.uint64(63)
            if turn:
                entries = (entries >> turn) | (entries << (np.uint64(64) - turn))
            check = 64 * word + ((trailing_zeros(entries) + np.int64(turn)) & 63)
            exchange(tableau, column, check, flips)
            return column, check
    return -1, -1


@numba.njit(cache=True, nogil=True)
def light_syndrome(tableau: Words, limit: int, first: int, weights: Words) -> int:
    """The first candidate from ``first`` on whose weight is at most ``limit``; -1 if there is none.

    Candidate 0 is the syndrome itself, candidate 1 + i the syndrome plus column i.

    Args:
        weights: ``(n' + 1,)`` uint64, scratch.
    """
    words, width = tableau.shape
    last = width - 1
    if first == 0:
        weight = 0
        for w in range(words):
            weight += popcount(tableau[w, last])
        if weight <= limit:
            return 0
        first = 1
    # One pass without a branch inside, which the compiler turns into vector code, serves the many
    # tries in which nothing is light.
    least = np.uint64(64 * words)
    for w in range(words):
        syndrome = tableau[w, last]
        for c in range(last):
            weight_here = np.uint64(popcount(tableau[w, c] ^ syndrome))
            weights[c] = weight_here if w == 0 else weights[c] + weight_here
    for c in range(last):
        least = min(least, weights[c])
    if least <= np.uint64(limit):
        for c in range(first - 1, last):
            if weights[c] <= np.uint64(limit):
                return c + 1
    return -1


@numba.njit(cache=True, nogil=True)
def systematic_form(matrix: Words, checks: int, basis: Indices) -> bool:
    """Bring a window to systematic form by column operations, in place.

    Args:
        matrix: ``(words, n' + 1)`` uint64, the window packed by column, the labels last. Rows up to
            64 * ``checks`` are the checks; basis rows are looked for among the others.
        basis: ``(n',)`` int64, receives the row that each column's basis row is.

    Returns:
        Whether the rows beyond the checks have rank n'; if not, the matrix is left half way.
    """
    words, width = matrix.shape
    flips = np.empty(width, dtype=np.uint64)
    for column in range(width - 1):
        pivot = -1
        for w in range(checks, words):
            entries = matrix[w, column]
            if entries != _ZERO:
                pivot = 64 * w + trailing_zeros(entries)
                break
        if pivot < 0:
            return False
        basis[column] = pivot
        word, bit = pivot >> 6, np.uint64(pivot & 63)
        for c in range(width):
            flips[c] = _ZERO - ((matrix[word, c] >> bit) & _ONE)
        flips[column] = _ZERO
        for w in range(words):
            addend = matrix[w, column]
            for c in range(width):
                matrix[w, c] ^= addend & flips[c]
    return True


@numba.njit(cache=True, nogil=True)
def solve_rows(
    pool: Words, n: int, rows: Indices, flipped: int, columns: Indices, secret: Words
) -> bool:
    """Solve the equations ``rows`` of the pool in the unknowns ``columns``; others are zero.

    Args:
        pool: ``(m, words_for(n + 1))`` uint64, examples packed by row, the label at column n.
        rows: ``(n',)`` int64.
        flipped: the equation whose label is to be flipped, -1 for none.
        columns: ``(n',)`` int64.
        secret: ``(words_for(n + 1),)`` uint64, receives the solution.

    Returns:
        Whether the system has one solution.
    """
    size, words = len(rows), pool.shape[1]
    label_word, label_bit = n >> 6, np.uint64(n & 63)
    system = np.empty((size, words), dtype=np.uint64)
    for i in range(size):
        for w in range(words):
            system[i, w] = pool[rows[i], w]
    if flipped >= 0:
        system[flipped, label_word] ^= _ONE << label_bit
    for rank in range(size):
        word, bit = columns[rank] >> 6, np.uint64(columns[rank] & 63)
        pivot = rank
        while pivot < size and not (system[pivot, word] >> bit) & _ONE:
            pivot += 1
        if pivot == size:
            return False
        for w in range(words):
            system[pivot, w], system[rank, w] = system[rank, w], system[pivot, w]
        for i in range(size):
            # No branch: half of them would be mispredicted.
            taken = _ZERO - ((system[i, word] >> bit) & _ONE) if i != rank else _ZERO
            for w in range(words):
                system[i, w] ^= system[rank, w] & taken
    secret[:] = _ZERO
    for i in range(size):
        label = (system[i, label_word] >> label_bit) & _ONE
        secret[columns[i] >> 6] |= label << np.uint64(columns[i] & 63)
    return True


@numba.njit(cache=True, nogil=True)
def count_misses(rows: Words, n: int, secret: Words, at_most: int) -> np.int64:
    """Rows whose label at column n is not the parity over ``secret``; counting stops past a limit.

    Args:
        rows: ``(m, words_for(n + 1))`` uint64.
        secret: ``(words_for(n + 1),)`` uint64, zero at column n.
    """
    misses = np.int64(0)
    for i in range(len(rows)):
        label = (rows[i, n >> 6] >> np.uint64(n & 63)) & _ONE
        misses += np.int64(parity_of(rows[i], secret) ^ label)
        if misses > at_most:
            break
    return misses


@numba.njit(cache=True, nogil=True)
def draw_window(
    pool: Words, rows: Indices, columns: Indices, n: int, checks: int, matrix: Words
) -> None:
    """Pack rows and columns of the pool by column; rows past the last are zero.

    Args:
        rows: ``(r,)`` int64, the checks first.
        checks: how many of them are checks; the others begin at the next multiple of 64.
        matrix: ``(words, n' + 1)`` uint64, receives the window, the labels last.
    """
    width = matrix.shape[1]
    block = np.empty(64, dtype=np.uint64)
    packed = np.empty(64 * pool.shape[1], dtype=np.uint64)
    first_basis = -(-checks // 64)
    for w in range(len(matrix)):
        start = 64 * w if w < first_basis else checks + 64 * (w - first_basis)
        stop = min(start + 64, checks if w < first_basis else len(rows))
        for v in range(pool.shape[1]):
            for i in range(64):
                block[i] = pool[rows[start + i], v] if start + i < stop else _ZERO
            transpose_block(block)
            packed[64 * v : 64 * v + 64] = block
        for c in range(width - 1):
            matrix[w, c] = packed[columns[c]]
        matrix[w, width - 1] = packed[n]


@numba.njit(cache=True, nogil=True)
def search_windows(
    pool: Words,
    verification: Words,
    n: int,
    size: int,
    checks: int,
    spare: int,
    weight: int,
    most_misses: int,
    support_size: int,
    tries: int,
    exchanges: int,
    windows: int,
    seed: np.uint64,
    secret: Words,
    counts: Indices,
) -> bool:
    """Search random windows of the pool until a candidate passes the verification sample.

    Args:
        pool, verification: ``(m, words_for(n + 1))`` uint64, examples packed by row, the label at
            column n.
        size: n', the number of columns that the secret is looked for in.
        checks: number of checks.
        spare: rows beyond n' among which the first information set is chosen.
        weight: the largest weight of a syndrome that makes a candidate, at least 0.
        most_misses: the most labels of the verification sample that an answer may miss.
        support_size: the weight of the secret, 0 if it is not known (but not zero).
        tries: information sets tried per window.
        exchanges: rows exchanged from one try to the next.
        windows: the number of windows to search.
        seed: of the random choices.
        secret: ``(words_for(n + 1),)`` uint64, receives the answer.
        counts: ``(3,)`` int64: windows, tries and solved candidates are added here.

    Returns:
        Whether an answer was found.
    """
    state = np.full(1, seed, dtype=np.uint64)
    drawn = min(len(pool), checks + size + spare)
    check_words = -(-checks // 64)
    words = check_words + -(-(drawn - checks) // 64)
    order, columns = np.arange(len(pool)), np.arange(n)
    matrix = np.empty((words, size + 1), dtype=np.uint64)
    tableau = np.empty((check_words, size + 1), dtype=np.uint64)
    scratch = np.empty(size + 1, dtype=np.uint64)
    basis = np.empty(size, dtype=np.int64)
    outside = np.empty(checks, dtype=np.int64)
    for _ in range(windows):
        counts[0] += 1
        shuffle_front(order, drawn, state)
        if size < n:
            shuffle_front(columns, size, state)
        draw_window(pool, order[:drawn], columns[:size], n, checks, matrix)
        if not systematic_form(matrix, check_words, basis):
            continue
        for i in range(size):
            basis[i] = order[checks + basis[i] - 64 * check_words]
        outside[:] = order[:checks]
        tableau[:] = matrix[:check_words]
        for attempt in range(tries):
            counts[1] += 1
            if attempt:
                for _ in range(exchanges):
                    column, check = random_exchange(tableau, state, scratch)
                    if column >= 0:
                        basis[column], outside[check] = outside[check], basis[column]
            candidate = light_syndrome(tableau, weight, 0, scratch)
            while candidate >= 0:
                counts[2] += 1
                if solve_rows(pool, n, basis, candidate - 1, columns[:size], secret):
                    ones = 0
                    for w in range(len(secret)):
                        ones += popcount(secret[w])
                    plausible = ones == support_size if support_size else ones > 0
                    if (
                        plausible
                        and count_misses(verification, n, secret, most_misses) <= most_misses
                    ):
                        return True
                if candidate == size:
                    break
                candidate = light_syndrome(tableau, weight, candidate + 1, scratch)
    return False
