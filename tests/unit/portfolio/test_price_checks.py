"""Prices of holdings that cannot be valued, and a day that cannot be stated."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from analytics.model.bars import Break
from analytics.model.vocabulary import NotAvailable
from analytics.portfolio.price_checks import refuse_other_basis
from tests.support.small_portfolios import bars_of

CHANGE = Break(dt.date(2025, 1, 13), "the jump of 2025-01-13 from 1,000 to 100")


def test_a_jump_that_no_split_explains_is_not_valued_over() -> None:
    bars = replace(bars_of("AAA", [100.0] * 5), basis_changes=(CHANGE,))
    with pytest.raises(NotAvailable, match="AAA cannot be valued over the jump of 2025-01-13"):
        refuse_other_basis(bars, dt.date(2025, 1, 6))
    refuse_other_basis(bars, dt.date(2025, 1, 13))  # bought on the new basis
