"""Properties of a chain's contracts and their sentiment, for any rows at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analytics.model.vocabulary import OptionChain
from analytics.options.chain import clean_chain
from analytics.options.contracts import Contracts, clean_contracts
from analytics.options.put_call import put_call
from analytics.options.sentiment import bullish_share
from tests.support.small_chains import SESSION, Row, bars_of, chain_of

BARS = bars_of({dt.date(2025, 1, 3): 98.0, SESSION: 100.0})
TRADES = ("NaT", "2025-01-03T20:00:00", "2025-01-06T15:00:00", "2025-01-07T15:00:00")
some = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

prices = st.sampled_from([0.0, 0.05, 0.1, 1.0, 2.5])
rows = st.builds(
    Row,
    days=st.sampled_from([-1, 0, 4, 11]),
    call=st.booleans(),
    strike=st.sampled_from([20.0, 95.0, 100.0, 105.0, 400.0]),
    bid=prices,
    ask=prices,
    last=prices,
    volume=st.integers(0, 50).map(float),
    interest=st.integers(0, 50).map(float),
    delta=st.sampled_from([0.25, 0.5]),
    last_trade=st.sampled_from(TRADES),
    root=st.sampled_from(["", "TEST", "TEST1", "OTHER"]),
)
chains = st.lists(rows, min_size=1, max_size=25)


def made(printed: list[Row]) -> OptionChain:
    return chain_of(*printed, price=100.0)


def same(first: Contracts, second: Contracts) -> None:
    assert second.volume_notes == first.volume_notes
    for ours, theirs in ((first, second), (first.chain, second.chain)):
        for name, value in vars(ours).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(getattr(theirs, name), value)


def sentiment(chain: OptionChain) -> object:
    clean = clean_chain(chain, BARS)
    everything = np.full(len(clean.chain), True)
    return bullish_share(clean, everything, 30), put_call(clean, everything)


@some
@given(chains.flatmap(lambda printed: st.tuples(st.just(printed), st.permutations(printed))))
def test_the_order_of_rows(both: tuple[list[Row], list[Row]]) -> None:
    first, second = (clean_contracts(made(printed), 100.0) for printed in both)
    same(first, second)
    assert second.left_out == first.left_out


@some
@given(chains, st.data())
def test_rows_that_repeat(printed: list[Row], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(printed), max_size=10))
    same(clean_contracts(made(printed)), clean_contracts(made([*printed, *again])))


@some
@given(chains)
def test_every_row_is_counted_once(printed: list[Row]) -> None:
    found = clean_contracts(made(printed), 100.0)
    assert len(found) + sum(found.left_out.values()) == len(printed)


@some
@given(chains, rows)
def test_a_contract_that_nobody_trades_or_holds(printed: list[Row], more: Row) -> None:
    idle = replace(more, strike=97.5, volume=0.0, interest=0.0)
    assume(len(clean_contracts(made(printed), 100.0)) > 0)
    assert sentiment(made([*printed, idle])) == sentiment(made(printed))
