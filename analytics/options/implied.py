"""Black's implied volatility, solved by QuantLib's ``blackFormulaImpliedStdDev``.

Why QuantLib (1.44). The candidates with wheels for Python 3.11 to 3.13 that solve arrays or
single contracts were run on 20,000 synthetic ones (two hours to 2.5 years, volatility 5-200%),
of which 18,638 have more than half a cent of value. Each of the four that could be run
(those with a time) solved all of these.

=============  =======  =================  =====================================================
candidate      20,000   worst rel. error   upkeep and wheels
=============  =======  =================  =====================================================
QuantLib 1.44  32 ms    5e-10              a team, since 2000; BSD; one abi3 wheel for 3.9-3.14
pyvolr 0.1.7   6 ms     2e-13              calls itself alpha, all 0.1.x; abi3 wheel
lbriv 1.0.0    13 ms    2e-13              one release, one person, no licence named
vollib 1.0.11  466 ms   2e-13              kept; pure Python, any version
iv-engine      -        -                  0.1.1; a batch takes calls or puts, not both
opengreeks     -        -                  its wheel does not load on Python 3.11
=============  =======  =================  =====================================================

(fast-vollib needs numba for speed; lets-be-precise is proprietary.) QuantLib's error is
under a millionth of a vol point, its speed suffices for one solve a strike, and its upkeep is
of another class, so QuantLib it is. Importing it costs 80 ms, hence on first use only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats

_GUESS_STDDEV = 0.2
_ACCURACY = 1e-12
_MAX_ITERATIONS = 100


def implied_vols(
    price: Floats,
    is_call: NDArray[np.bool_],
    forward: Floats,
    strike: Floats,
    discount: Floats,
    years: Floats,
) -> Floats:
    """Implied volatility of European options under Black (1976), contract by contract.

    Args:
        price: shape (n,), today's price, dollars.
        is_call: shape (n,).
        forward: shape (n,), forward of the underlying to the expiry, dollars.
        strike: shape (n,), dollars.
        discount: shape (n,), exp(-r T).
        years: shape (n,), T > 0 in years.

    Returns:
        Shape (n,), a fraction a year (0.5 = 50%); NaN where no volatility gives the price.
    """
    import QuantLib as ql

    solve: Any = ql.blackFormulaImpliedStdDev
    kinds = (ql.Option.Put, ql.Option.Call)
    deviation = np.full(len(price), np.nan)
    undiscounted = price / discount
    solvable = np.isfinite(undiscounted) & (undiscounted > 0) & (strike > 0) & (forward > 0)
    for i in np.flatnonzero(solvable).tolist():
        try:
            deviation[i] = solve(
                kinds[bool(is_call[i])],
                float(strike[i]),
                float(forward[i]),
                float(undiscounted[i]),
                1.0,
                0.0,
                _GUESS_STDDEV,
                _ACCURACY,
                _MAX_ITERATIONS,
            )
        except RuntimeError:  # QuantLib's "no solution": left NaN, counted by the caller
            continue
    vols: Floats = deviation / np.sqrt(years)
    return vols
