"""Checks on the bars of holdings before the portfolio's value and its day are stated."""

from __future__ import annotations

import datetime as dt

from analytics.model.question import Inputs
from analytics.model.vocabulary import Bars, NotAvailable
from analytics.portfolio.ledger import Ledger


def refuse_other_basis(bars: Bars, since: dt.date) -> None:
    """Refuse prices that change their basis, for no stated reason, after the portfolio traded.

    Raises:
        NotAvailable: they do.
    """
    for change in bars.basis_changes:
        if change.session > since:
            raise NotAvailable(f"{bars.symbol} cannot be valued over {change.reason}.")


def came_late(ledger: Ledger, inputs: Inputs) -> bool:
    """Whether a holding has a close of the session and none of the session before."""
    bars_of_units = [inputs.bars[symbol] for symbol in ledger.units]
    return any(
        bars.last_session == inputs.moment.session and bars.no_previous and len(bars) > 1
        for bars in bars_of_units
    )
