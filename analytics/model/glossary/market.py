"""Terms of sectors, sentiment, fundamentals, and of a panel's state."""

from __future__ import annotations

from analytics.model.glossary import Definition

SECTORS_AND_BREADTH = (
    Definition(
        "drawdown",
        "Drawdown from high",
        "Close ÷ the highest close of the last 252 sessions − 1; never above zero.",
        "With fewer sessions it is taken over what there is, at least 60, and the number is named.",
        "percent",
    ),
    Definition(
        "max-drawdown",
        "Maximum drawdown",
        "The deepest fall from a running high within the window.",
        "Shown with the dates of its start, its trough and its recovery.",
        "percent",
    ),
    Definition(
        "breadth",
        "Breadth",
        "The share of members whose close is above their N-DMA.",
        "Members without a valid N-DMA are left out; the denominator is printed.",
        "percent",
    ),
    Definition(
        "afloat",
        "Stay afloat",
        "How a name did beyond what its beta explains on a session: its return − beta × the "
        "benchmark's.",
        "Beta over up to 252 returns ended the day before (at least 60), shrunk to ⅔ beta "
        "+ ⅓. Ranked by z, the residual ÷ its standard deviation over the same window.",
        "percent, z",
    ),
    Definition(
        "downside-capture",
        "Downside capture",
        "A name's geometric mean return on the benchmark's down days ÷ the benchmark's.",
        "Over 252 sessions: 50% is half the fall, above 100% more than it, below zero a rise.",
        "percent",
    ),
    Definition(
        "follow-through",
        "Follow-through",
        "Whether the top third by stay-afloat on past falls of 1.5% or more led over the "
        "sessions after.",
        "Lead: its mean return less the other members', over the next 5 and 20 sessions, with "
        "n and the 95% interval of events whose windows do not overlap.",
        "points",
    ),
    Definition(
        "rotation",
        "Rotation",
        "Relative strength against the benchmark and its momentum, as two standard scores "
        "around 100.",
        "RS = 100 × price ÷ benchmark; ratio = 100 + z of RS over 63 sessions; momentum = 100 "
        "+ z of the ratio's 14-session rate of change over 63 sessions. These are published "
        "formulas, not the proprietary JdK ones.",
    ),
    Definition(
        "capital-rotation",
        "Leaders and laggards",
        "The leading and the lagging third of the members, by return less the benchmark's over a "
        "window.",
        "Returns do not show whether money moved from one to the other: that takes fund flows.",
        "points",
    ),
    Definition(
        "correlation",
        "Correlation",
        "Pearson correlation of daily returns over 90 sessions.",
        "A large company is itself part of its sector fund and of the benchmark, which lifts it.",
        "ratio",
    ),
    Definition(
        "contribution",
        "Contribution",
        "What a company or a sector added to the benchmark's move: its weight before the move "
        "× its return over it.",
        "Weights are the published ones of their date, carried to the day before the move by "
        "prices alone.",
        "points",
    ),
)

SENTIMENT = (
    Definition(
        "sentiment-index",
        "Sentiment index",
        "The mean percentile of up to seven parts of the market's mood, from 0 (crash) to 100 "
        "(euphoria).",
        "SPY to its 125-DMA, breadth, 52-week highs less lows, put/call, VIX to its 50-DMA, "
        "stocks less long bonds, high yield less investment grade. Percentiles are mid-rank "
        "over an expanding past of at least 252 observations; a missing part is left out and "
        "said, fewer than four give none.",
        "0–100",
    ),
    Definition(
        "previous-low",
        "Previous low",
        "A low of the sentiment index within the lowest tenth of its own past.",
        "The lowest of the 20 sessions on either side, and so known 20 sessions later.",
        "date",
    ),
)

FUNDAMENTALS = (
    Definition(
        "market-value",
        "Market value",
        "The traded price of the session \u00d7 the shares last reported by then.",
        "On that day's split basis and in units of what trades. A value that only the source "
        "states has no date, and says whose it is.",
        "dollars",
    ),
    Definition(
        "price-to-sales",
        "Price to sales",
        "Market value ÷ the revenue of the last four reported quarters.",
        "A group's is the sum of values ÷ the sum of sales, never the mean of ratios; a "
        "company's share classes count once, also where only equal quarters show that two "
        "symbols are one company. A depositary receipt counts the ordinary shares it stands for; "
        "where their number is not known, or the source's own market value contradicts the share "
        "count, it is n/a, as with fewer than four quarters or two currencies.",
        "ratio",
    ),
    Definition(
        "gross-margin",
        "Gross margin",
        "Gross profit ÷ revenue of a quarter; the 8-quarter figure is the mean of the eight.",
        "The pooled figure, sum ÷ sum, stands beside it. A quarter counts from its report date "
        "on; without one from 45 days after its end (90 for a fiscal year's last), labelled "
        "assumed.",
        "percent",
    ),
    Definition(
        "buy-backs",
        "Buy-backs",
        "Cash that a company paid for its own shares in a quarter, as its filings state it.",
        "Filings give the fiscal year to date: a quarter is the difference of two.",
        "money",
    ),
)

CALENDAR = (
    Definition(
        "earnings-surprise",
        "Earnings surprise",
        "(Reported - expected) ÷ |expected| earnings a share, as the source states both.",
        "n/a where nothing or 0 was expected.",
        "percent",
    ),
    Definition(
        "earnings-reaction",
        "Price after earnings",
        "Change, close to close, over the first session that could trade on the report.",
        "After the close it is the next session, before the open the day's own; n/a where the "
        "hour is not known, and for companies whose prices are not followed here.",
        "percent",
    ),
    Definition(
        "buyback-blackout",
        "Buy-back blackout",
        "An estimate of when a company does not buy its own shares: from six weeks before its "
        "earnings to the second session after them.",
        "Companies set these times themselves and need not announce them; plans set up before "
        "(SEC Rule 10b5-1) may go on buying.",
        "date",
    ),
    Definition(
        "fomc-decision",
        "FOMC decision",
        "The Federal Reserve's rate decision, released at 14:00 New York on a meeting's last day.",
        "In March, June, September and December with new projections, the dot plot. The dates "
        "are the Federal Reserve Board's published meeting calendar.",
        "date",
    ),
    Definition(
        "release",
        "Economic release",
        "The day a statistics office publishes a figure, with what is expected where the source "
        "tells it.",
        "Outcomes are shown only once they are out at the moment asked about.",
        "date",
    ),
    Definition(
        "earnings-date",
        "Earnings date",
        "The day a company releases its quarter, before the open or after the close.",
        "The largest companies stand first; a date that the source only estimates says so.",
        "date",
    ),
    Definition(
        "options-expiry",
        "Options expiry",
        "The Friday (the session before it when the exchange is shut) on which options expire.",
        "Monthly on the third Friday, quarterly in March, June, September and December.",
        "date",
    ),
    Definition(
        "ex-dividend",
        "Ex-dividend date",
        "The first session on which a share trades without its next dividend.",
        "Past ones are read from the adjusted closes: under 0.03% of the price or two cents "
        "they drown in rounding and are left out.",
        "date",
    ),
    Definition(
        "calendar-entry",
        "Calendar entry",
        "An event of the reader's own, from a CSV or iCalendar file.",
        "",
        "date",
    ),
)

STATES = (
    Definition(
        "freshness",
        "Freshness",
        "LIVE, DELAYED, CLOSED, STALE, NO DATA or ERROR: how old a panel's figures are and why.",
        "STALE: the source could not be asked, the last good answer is shown with its age.",
    ),
    Definition(
        "simulated",
        "Simulated",
        "Prices made by the demo's simulator: not market prices.",
        "Its scenario follows 24 and 27 January 2025; the banner stands on every page.",
    ),
)
