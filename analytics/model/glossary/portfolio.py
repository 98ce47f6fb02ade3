"""Terms of the model portfolio."""

from __future__ import annotations

from analytics.model.glossary import Definition

PORTFOLIO = (
    Definition(
        "portfolio-change",
        "Change of the portfolio",
        "A dated, reasoned purchase, sale, rebalancing, payment, or decision to hold; never "
        "altered once published.",
        "It is carried out at the traded close of its session, without costs. A correction is a "
        "new change, and none may be dated before one that stands. A change published after the "
        "close of its session is marked “entered afterwards”. As of a past date only those "
        "published by then count. A change waits for a close of what it trades, five sessions at "
        "most, then lapses. A holding that was acquired or delisted is converted: each share into "
        "the cash paid, into shares of the acquirer, or both.",
    ),
    Definition(
        "portfolio-value",
        "Value of the portfolio",
        "Shares held times their traded closes, and the cash.",
        "Splits multiply the shares. Dividends are paid in cash on their ex-date, before tax, in "
        "the amount that the total-return closes imply: previous close × (1 - adjustment factor "
        "before / after). Cash earns nothing. A holding without a close of the session counts at "
        "its last close, whose date is said.",
        "dollars",
    ),
    Definition(
        "time-weighted-return",
        "Time-weighted return",
        "What a dollar left alone from the start has become: the product of every session's "
        "return, payments left out.",
        "A session's return is (value - payment at its close) / value of the session before - 1 "
        "(GIPS 2020). It is compared with the total-return closes of SPY from the same close on. "
        "A yearly rate is stated only after a year.",
        "percent",
    ),
    Definition(
        "money-weighted-return",
        "Money-weighted return",
        "What the dollars earned as they were paid in and out, over the whole period.",
        "The XIRR: the yearly rate, on days / 365, at which all payments and the value at the end "
        "add up to nothing; shown over the period, and as a yearly rate only after a year. SPY's "
        "is that of the same payments put into its total-return closes.",
        "percent",
    ),
    Definition(
        "portfolio-drawdown",
        "Deepest drawdown",
        "The deepest fall of the time-weighted growth below its own high so far, at closes.",
        "With the sessions of the high and of the low, and the first one at the high again.",
        "percent",
    ),
    Definition(
        "portfolio-volatility",
        "Volatility of the portfolio",
        "The sample standard deviation of the sessions' time-weighted returns, times the square "
        "root of 252.",
        "Needs 20 returns.",
        "percent a year",
    ),
    Definition(
        "portfolio-beta",
        "Beta of the portfolio",
        "Covariance of the sessions' returns with SPY's, over the variance of SPY's.",
        "Over the sessions that both have, at least 60.",
        "ratio",
    ),
    Definition(
        "short-term-destruction",
        "Short-term destruction",
        "What the portfolio would lose if every holding fell from its price to its 50-DMA (or its "
        "100-DMA) at once.",
        "The sum of value × (N-DMA / price - 1) over the holdings above their N-DMA of record, "
        "over the whole, cash included. Holdings already below it are counted apart and add "
        "nothing: no fall takes them up to a level above them.",
        "percent, dollars",
    ),
    Definition(
        "sector-exposure",
        "Exposure by sector",
        "The share of the whole in each GICS sector; cash is a row of its own.",
        "Companies by the dated S&P 500 list, sector funds by their own sector. Funds of a whole "
        "index are a row “Index funds”, what no list knows “Not classified”.",
        "percent",
    ),
)
