"""Terms of what option chains say."""

from __future__ import annotations

from analytics.model.glossary import Definition

OPTIONS = (
    Definition(
        "expiry-bucket",
        "Short and medium term",
        "Short term: up to 30 days to expiry. Medium term: 31 to 90 days.",
        "Buckets: 0DTE, 1–7, 8–30, 31–90 and over 90 days.",
        "days",
    ),
    Definition(
        "bullish-share",
        "Bullish share of volume",
        "Bullish ÷ (bullish + bearish) option volume of the expiries in the bucket.",
        "Three methods stand side by side, for they disagree; each shows its coverage, the "
        "volume it could classify. Yahoo has no trade tape, so all three are proxies.",
        "percent",
    ),
    Definition(
        "call-share",
        "Call share",
        "The headline method: calls count as bullish, puts as bearish.",
        "Always available; its usual level differs by symbol.",
        "percent",
    ),
    Definition(
        "options-lean",
        "Options lean",
        "Earlier sessions whose short-term call share lay at least as far on the same side of 50%.",
        "Bullish above 50%, bearish below; as it was kept on each day. Against the lean is a next "
        "session that fell after a bullish one or rose after a bearish one; chance is the share "
        "of such sessions after all kept ones. Under 30 such leans only the count is given.",
        "count",
    ),
    Definition(
        "quote-method",
        "Quote method",
        "Last price above the mid counts as bought, below as sold; calls bought and puts sold "
        "are bullish.",
        "At the mid, or without a valid spread, a contract is unclassified. End-of-day quotes "
        "may be newer than the last trade.",
        "percent",
    ),
    Definition(
        "residual-method",
        "Residual method",
        "A contract's change beyond delta × the underlying's change: above zero counts as "
        "bought, below as sold.",
        "Delta is the chain's own, else that of the strike's implied volatility.",
        "percent",
    ),
    Definition(
        "disagreement",
        "Disagreement of methods",
        "How many points the methods' bullish shares lie apart, and so how much evidence they are.",
        "Strong: all on one side of 50% and within 10 points; moderate: on one side and within "
        "20; else weak.",
        "points",
    ),
    Definition(
        "put-call",
        "Put/call ratio",
        "Puts ÷ calls, by volume and by open interest.",
        "No calls: n/a. Volume counts only contracts that traded in the chain's session.",
        "ratio",
    ),
    Definition(
        "open-interest",
        "Open interest",
        "Contracts outstanding, published once a day and so one session old.",
        "All zero reads “n/a (no open interest)”, never 0.",
        "contracts",
    ),
    Definition(
        "hygiene",
        "Chain hygiene",
        "Which contracts were left out of implied volatilities and greeks, by reason.",
        "Expired; no bid and no ask; crossed quotes; a mid outside the no-arbitrage bounds; "
        "an implied volatility below 1% or above 500%.",
        "count",
    ),
    Definition(
        "implied-volatility",
        "Implied volatility",
        "The volatility at which Black's model gives the mid of the strike's out-of-the-money "
        "option.",
        "On the expiry's own forward; what early exercise is worth is taken off first. It serves "
        "the strike's call and put. Under half a cent of time value there is none. Time runs in "
        "calendar days to the expiry's close.",
        "percent a year",
    ),
    Definition(
        "iv30",
        "IV30",
        "The at-the-money implied volatility at 30 calendar days.",
        "Interpolated in total variance between the two expiries around it.",
        "percent a year",
    ),
    Definition(
        "term-structure",
        "Term structure",
        "At-the-money implied volatility expiry by expiry.",
        "Inverted when the nearest is above the farthest.",
        "percent a year",
    ),
    Definition(
        "risk-reversal",
        "25-delta risk reversal",
        "The implied volatility of the 25-delta call less that of the 25-delta put.",
        "Negative: the downside costs more. Read off the smile fitted to the quotes, at a spot "
        "delta of 25%.",
        "volatility points",
    ),
    Definition(
        "normalised-skew",
        "Normalised skew",
        "The 25-delta put's implied volatility less the call's, ÷ the at-the-money one.",
        "Positive: the downside costs more.",
        "ratio",
    ),
    Definition(
        "expected-move",
        "Expected move",
        "The cost of the at-the-money straddle to an expiry, as a share of the price.",
        "Beside it spot × at-the-money volatility × √T.",
        "percent",
    ),
    Definition(
        "max-pain",
        "Max pain",
        "The strike at which an expiry's open options would pay out least.",
        "Over the listed strikes; where several tie, all are listed and the nearest to spot leads.",
        "dollars",
    ),
)

EXPOSURES = (
    Definition(
        "gex",
        "GEX",
        "Gamma exposure: the dollars of stock dealers would trade against a 1% move, calls +, "
        "puts −.",
        "Σ ±gamma × open interest × 100 × spot² × 0.01, dealers taken to be long calls and "
        "short puts: an assumption, stated beside the figure. Gross, the sum of the sizes, "
        "stands beside net.",
        "dollars per 1% move",
    ),
    Definition(
        "call-wall",
        "Call wall",
        "The strike with the largest call GEX.",
        "The strike with the largest net GEX is shown beside it when it differs.",
        "dollars",
    ),
    Definition(
        "put-wall",
        "Put wall",
        "The strike with the most negative put GEX.",
        "The strike with the most negative net GEX is shown beside it when it differs.",
        "dollars",
    ),
    Definition(
        "absolute-gamma",
        "Absolute gamma strike",
        "The strike with the most call and put GEX together, not netted.",
        "",
        "dollars",
    ),
    Definition(
        "gamma-flip",
        "Gamma flip",
        "The spot price nearest to today's at which total GEX would change its sign.",
        "GEX is computed again from 0.8 to 1.2 × spot with implied volatilities held by "
        "strike; “none” and “several” are said.",
        "dollars",
    ),
    Definition(
        "vanna",
        "Vanna exposure",
        "How many dollars of delta dealers gain or lose for a volatility point.",
        "Σ ±vanna × open interest × 100 × spot × 0.01.",
        "dollars of delta per volatility point",
    ),
    Definition(
        "charm",
        "Charm exposure",
        "How many dollars of delta dealers gain or lose in a calendar day.",
        "Σ ±charm × open interest × 100 × spot ÷ 365.",
        "dollars of delta per day",
    ),
    Definition(
        "unusual",
        "Unusual activity",
        "Contracts with a volume above 500 and at least 1.25 × an open interest above 100, "
        "last above $0.10.",
        "It says that a contract traded, not who opened what.",
        "count",
    ),
)
