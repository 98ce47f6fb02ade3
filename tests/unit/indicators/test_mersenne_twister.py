"""The twister's numbers are numpy's, and the compiled bootstrap draws what numba would draw."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from analytics.indicators.bootstrap_paths import draw_path
from analytics.indicators.mersenne_twister import WORDS, mask_of, refill, seed_words, uniform_of


def words_of(seed: int, count: int) -> list[int]:
    """Taken two at a time, so that a word is left over at each refill but the first."""
    state, words = np.empty(WORDS, np.uint32), np.empty(WORDS + 1, np.uint32)
    seed_words(seed, state)
    at = stop = 0
    taken: list[int] = []
    while len(taken) < count:
        if stop - at < 2:
            stop, at = refill(state, words, at, stop), 0
        step = 1 if not taken else 2
        taken += words[at : at + step].tolist()
        at += step
    return taken[:count]


@pytest.mark.filterwarnings("ignore:overflow")
class TestNumbers:
    @pytest.mark.parametrize("seed", [0, 1, 20_250_127, 2**32 - 1])
    def test_uniform_numbers_are_numpy_s(self, seed: int) -> None:
        expected = np.random.RandomState(seed).random_sample(1000).tolist()
        words = words_of(seed, 2000)
        assert [uniform_of(*pair) for pair in zip(*[iter(words)] * 2, strict=True)] == expected

    def test_the_generator_s_published_words(self) -> None:
        """Seeded with 5489: mt19937ar.c's first word, and the C++ standard's 10,000th."""
        words = words_of(5489, 10_000)
        assert (words[0], words[-1]) == (3499211612, 4123659995)

    @pytest.mark.parametrize(
        ("n", "mask"), [(1, 0), (2, 1), (3, 3), (2520, 4095), (4097, 8191), (2**32, 2**32 - 1)]
    )
    def test_as_many_bits_as_it_takes(self, n: int, mask: int) -> None:
        assert mask_of(n) == mask


@numba.njit
def _by_numba(seed: int, n: int, mean_block: int, drawn: np.ndarray) -> None:
    np.random.seed(seed)  # noqa: NPY002
    i = np.random.randint(n)  # noqa: NPY002
    for t in range(1, n + 1):
        drawn[t] = i
        if np.random.random() * mean_block < 1.0:  # noqa: NPY002
            i = np.random.randint(n)  # noqa: NPY002
        else:
            i = i + 1 if i + 1 < n else 0


@pytest.mark.filterwarnings("ignore:overflow")
class TestBootstrap:
    @pytest.mark.parametrize(("seed", "n"), [(1, 700), (7, 252), (9, 3)])
    def test_it_draws_the_bars_that_numba_s_generator_draws(self, seed: int, n: int) -> None:
        expected, drawn = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
        _by_numba(seed, n, 20, expected)
        draw_path(np.ones((n, 3)), seed, 20, np.empty((3, n + 1)), drawn)
        assert drawn[1:].tolist() == expected[1:].tolist()
