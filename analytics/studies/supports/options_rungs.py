"""Options levels as rungs of the support ladder.

They are those of the newest chain, and change with the next one of the session: its prices and
volatilities move, though its open interest is published once a day. They are born with their chain:
their status is found from the chain's time on (`level_of_chain`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from analytics.model.levels import (
    ABSOLUTE_GAMMA,
    CALL_WALL,
    EXPECTED_MOVE_LOW,
    GAMMA_FLIP,
    MAX_PAIN,
    PUT_WALL,
    LevelFamily,
)
from analytics.model.rates import TreasuryYields
from analytics.model.sessions import NEW_YORK, previous_session, session_on_or_before
from analytics.model.vocabulary import Bars, HoldlineError, OptionChain
from analytics.options.analysis import ChainAnalysis, analyse
from analytics.options.levels import OptionLevels
from analytics.options.rules import Rule, select_expiries
from analytics.studies.supports.levels import Level, PriceContext, Unavailable, level_of_chain

DEFAULT_DEALERS = "long-calls"
DEFAULT_SHORT_DAYS = 30

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OptionRungs:
    """The rungs a chain gives, those it does not, and what they rest on.

    Attributes:
        basis: one sentence; None without levels.
    """

    levels: tuple[Level, ...]
    unavailable: tuple[Unavailable, ...]
    basis: str | None


def no_rungs(reason: str) -> OptionRungs:
    """What stands in place of the options levels."""
    said = f"options levels: n/a ({reason.rstrip('.')})"
    return OptionRungs((), (Unavailable("options levels", said),), None)


def option_rungs(
    chain: OptionChain, bars: Bars, context: PriceContext, rates: TreasuryYields | None = None
) -> OptionRungs:
    """Walls, absolute gamma and flip over all expiries, max pain and expected-move low.

    Whatever is wrong with a chain, the rest of the ladder stands: the reason is then among the
    unavailable levels.
    """
    try:
        if chain.session < previous_session(session_on_or_before(bars.last_session)):
            return no_rungs(f"the newest chain is of {chain.session}")
        return _rungs(analyse(chain, bars, rates), context)
    except HoldlineError as error:
        return no_rungs(str(error))
    except Exception:  # a malformed chain must not take the ladder down
        _log.exception("the chain of %s could not be analysed", chain.symbol)
        return no_rungs("the chain could not be analysed; it was logged")


def _rungs(analysis: ChainAnalysis, context: PriceContext) -> OptionRungs:
    def over(rule: Rule) -> OptionLevels:
        chosen = select_expiries(analysis.clean, rule, None, DEFAULT_SHORT_DAYS)
        return analysis.levels(chosen, DEFAULT_DEALERS).levels

    everything = over("all")
    if everything.absolute_gamma.reason is not None:
        return no_rungs(everything.absolute_gamma.reason.removeprefix("n/a (").rstrip(")"))
    found: dict[LevelFamily, Callable[[], float | None]] = {
        CALL_WALL: lambda: everything.call_wall.strike,
        PUT_WALL: lambda: everything.put_wall.strike,
        ABSOLUTE_GAMMA: lambda: everything.absolute_gamma.strike,
        GAMMA_FLIP: lambda: everything.gamma_flip.nearest,
        MAX_PAIN: lambda: next((pain.strike for pain in over("next-monthly").max_pain), None),
        EXPECTED_MOVE_LOW: lambda: next(
            (move.low for move in reversed(over("this-week").expected_move)), None
        ),
    }
    born_at = analysis.clean.spot.price
    levels, missing = [], []
    for (identity,), price_of in ((family.levels, find) for family, find in found.items()):
        price = price_of()
        if price is None or price <= 0:
            reason = f"{identity.name}: n/a (the chain gives none)"
            missing.append(Unavailable(identity.name, reason, identity))
        else:
            levels.append(level_of_chain(identity, price, born_at, context))
    clean = analysis.clean
    clock = clean.chain.time.astimezone(NEW_YORK)
    basis = (
        f"Options levels from the {clean.chain.vendor or 'source'} chain of "
        f"{clock:%Y-%m-%d %H:%M} New York, until a newer one comes; open interest of the session "
        f"before; walls, absolute gamma and flip over all expiries."
    )
    return OptionRungs(tuple(levels), tuple(missing), basis)
