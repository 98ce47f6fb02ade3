"""A kept chain gives back every column it had, and no other."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from analytics.store.chain_format import chain_digest, decode_chain, encode_chain
from tests.support.small_chains import NAN, Row, chain_of

WHOLE = chain_of(
    Row(4, True, 100.0, root="SPXW", quoted_at="2025-01-06T15:00:00"),
    Row(4, False, 97.5, volume=NAN, root="", multiplier=10.0),
)
BARE = replace(
    WHOLE, root=np.empty(0, "U6"), multiplier=np.empty(0), quoted_at=np.empty(0, "M8[s]")
)


@pytest.mark.parametrize("chain", [WHOLE, BARE], ids=["every column", "no optional one"])
def test_comes_back_as_it_went_in(chain: object) -> None:
    assert isinstance(chain, type(WHOLE))
    back = decode_chain(encode_chain(chain))
    for field in fields(chain):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(chain, field.name))
    assert chain_digest(back) == chain_digest(chain)


def test_another_root_is_another_chain() -> None:
    assert chain_digest(replace(WHOLE, root=WHOLE.root[::-1])) != chain_digest(WHOLE)
