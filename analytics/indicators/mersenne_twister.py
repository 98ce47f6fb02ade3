"""The Mersenne Twister in bulk, for kernels: numpy's and numba's very numbers, 624 at a time.

Matsumoto & Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998), 3-30. Numba's own generator makes
one number a call, which costs a bootstrap three quarters of its time; here the compiler makes
several at once of the block that `next_block` fills.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.compiled import part

Words = NDArray[np.uint32]

WORDS = 624
_AHEAD = 397
_UPPER, _LOWER, _ODD = np.uint32(0x80000000), np.uint32(0x7FFFFFFF), np.uint32(0x9908B0DF)
_ONE, _TEMPER_B, _TEMPER_C = np.uint32(1), np.uint32(0x9D2C5680), np.uint32(0xEFC60000)
_NONE = np.uint32(0)


@part
def seed_words(seed: int, state: Words) -> None:
    """Fill ``state``, `WORDS` long, from a seed as ``numpy.random.seed`` does."""
    word = seed & 0xFFFFFFFF
    state[0] = word
    for i in range(1, WORDS):
        word = (1812433253 * (word ^ (word >> 30)) + i) & 0xFFFFFFFF
        state[i] = word


@part
def next_block(state: Words, block: Words) -> None:
    """Move ``state`` on and fill ``block`` with the next `WORDS` numbers of 32 bits."""
    for i in range(WORDS - _AHEAD):
        y = (state[i] & _UPPER) | (state[i + 1] & _LOWER)
        state[i] = state[i + _AHEAD] ^ (y >> _ONE) ^ (_ODD if y & _ONE else _NONE)
    for i in range(WORDS - _AHEAD, WORDS - 1):
        y = (state[i] & _UPPER) | (state[i + 1] & _LOWER)
        state[i] = state[i + _AHEAD - WORDS] ^ (y >> _ONE) ^ (_ODD if y & _ONE else _NONE)
    y = (state[WORDS - 1] & _UPPER) | (state[0] & _LOWER)
    state[WORDS - 1] = state[_AHEAD - 1] ^ (y >> _ONE) ^ (_ODD if y & _ONE else _NONE)
    for i in range(WORDS):
        y = state[i]
        y = y ^ (y >> np.uint32(11))
        y = y ^ ((y << np.uint32(7)) & _TEMPER_B)
        y = y ^ ((y << np.uint32(15)) & _TEMPER_C)
        block[i] = y ^ (y >> np.uint32(18))


@part
def refill(state: Words, words: Words, at: int, stop: int) -> int:
    """Move the words from ``at`` to ``stop`` to the front and append `WORDS` new ones.

    A kernel holds its place itself and asks once in hundreds of numbers: a call for each, with
    arrays counted in and out, would cost ten times the number.

    Args:
        words: of length ``stop - at + WORDS`` or longer.

    Returns:
        How many there are now.
    """
    left = stop - at
    for k in range(left):
        words[k] = words[at + k]
    next_block(state, words[left : left + WORDS])
    return left + WORDS


@part
def uniform_of(first: int, second: int) -> float:
    """The number in [0, 1), of 53 bits, that ``numpy.random.random()`` makes of two words."""
    return ((first >> 5) * 67108864.0 + (second >> 6)) / 9007199254740992.0


@part
def mask_of(n: int) -> int:
    """As many bits as n - 1 has, n at most 2^32: numba's ``numpy.random.randint(n)`` takes the
    last bits of one word after another until they are a number under n.
    """
    mask = n - 1
    for shift in (1, 2, 4, 8, 16):
        mask |= mask >> shift
    return mask
