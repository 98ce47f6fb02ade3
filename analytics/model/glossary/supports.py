"""Terms of prices, supports, and of the study whether a support holds."""

from __future__ import annotations

from analytics.model.glossary import Definition

PRICES = (
    Definition(
        "traded-close",
        "Traded close",
        "The closing price adjusted for splits but not for dividends: the price a trader saw.",
        "All levels use it: moving averages, highs and lows, drawdowns, option strikes.",
        "dollars",
    ),
    Definition(
        "total-return-close",
        "Total-return close",
        "The closing price adjusted for splits and dividends.",
        "Only comparisons of performance use it: relative strength, rotation, stay-afloat. "
        "A page never mixes the two bases, and each chart names its own.",
        "dollars",
    ),
    Definition(
        "as-of",
        "As of",
        "The session after whose close the market is shown, using nothing that came later.",
        "Every series is cut at that close before anything is computed, and splits after it "
        "are undone, so that prices, volumes and strikes are those seen then.",
        "date",
    ),
    Definition(
        "session",
        "Session",
        "A trading day of the listing's own exchange, by its own calendar.",
        "Holidays, half-days and special closures are honoured: New York was closed on "
        "2025-01-09 and closed at 13:00 on 2025-11-28. Currencies trade five days a week, coins "
        "seven. Times on the screen are New York's.",
        "date",
    ),
    Definition(
        "rejected",
        "Rejected rows",
        "Bars and quotes that cannot be right; they are left out, counted and never filled in.",
        "A bar is rejected when its close is missing, infinite or not above zero, its high is "
        "below its low, its close lies outside them by more than a cent of rounding, or its date "
        "is no session of the listing. Of duplicate dates the last wins; the order of the input "
        "never changes an answer.",
        "count",
    ),
)

SUPPORTS = (
    Definition(
        "dma",
        "N-DMA",
        "The simple mean of the last N valid traded closes (N = 20, 50, 100 or 200).",
        "With fewer than N bars there is no level, and the page says “50-DMA needs 50 "
        "sessions (has 30)”. It is never a mean of fewer.",
        "dollars",
    ),
    Definition(
        "deciding-level",
        "Level",
        "The level that decides: in session the one known before the open, fixed all day; after "
        "the close the one for the next session.",
        "Status, distances, the support in focus, the next support, group drawdowns, alerts and "
        "the close needed all rest on it. An N-DMA decides through the last completed session.",
        "dollars",
    ),
    Definition(
        "session-level",
        "Decided on",
        "The level known before the session's open: the N-DMA through the session before.",
        "Whether the level held or broke by the close is decided on it. The level for the next "
        "session differs a little; where the two stand on different sides of the close, the "
        "sentence says both.",
        "dollars",
    ),
    Definition(
        "if-closed-here",
        "If it closed here",
        "The N-DMA with the running price as the session's close: the next session's level.",
        "Nothing is measured on it while the session trades.",
        "dollars",
    ),
    Definition(
        "close-needed",
        "Close needed",
        "The close at or above which the level holds: the level that decides.",
        "In session it is the level known before the open, after the close the next session's.",
        "dollars",
    ),
    Definition(
        "distance",
        "Distance to support",
        "Level ÷ price − 1: negative when the support lies below the price.",
        "Also in ATR, (level − price) ÷ ATR14, and in sigma, ln(level ÷ price) ÷ the standard "
        "deviation of the last 20 daily log returns. The three share one sign.",
        "percent, ATR, sigma",
    ),
    Definition(
        "implied-open",
        "Implied open",
        "The fund's last regular close × its future's price ÷ the future's settlement of that "
        "session: where the fund would open if it moved as the future has.",
        "The future settles on the prices of the last 30 seconds to 16:00 New York, the fund's "
        "close, so that fair value cancels but for the carry of the days between. An indication "
        "from before the open: it decides nothing. Not given around a quarterly expiry, beyond "
        "the 7% overnight limit, or without a fresh price.",
        "price",
    ),
    Definition(
        "atr",
        "ATR",
        "Wilder's average true range over 14 sessions.",
        "Seeded with the mean of the first 14 true ranges.",
        "dollars",
    ),
    Definition(
        "dma-drawdown",
        "Drawdown to the N-DMA",
        "How far the close would fall to reach its N-DMA: N-DMA ÷ close − 1.",
        "Defined for names above their N-DMA. Names below it are listed apart as “already "
        "below” and never averaged in.",
        "percent",
    ),
    Definition(
        "group-drawdown",
        "Group drawdown to the N-DMA",
        "The equal-weight mean drawdown to the N-DMA over the ticked members that are above "
        "theirs.",
        "The number of members counted and the exclusions stand beside the figure.",
        "percent",
    ),
    Definition(
        "status",
        "Status at a level",
        "What price has done at the level in this session; only the close decides held or broken.",
        "After the close: broken (from above to below), below, reclaimed (from below to "
        "above), held (touched and closed at or above), above. In session, provisional: "
        "under, below, reclaiming, testing (touched, or within 0.25 ATR above), above. A "
        "half-day decides at its own early close. Data with closes only cannot tell a touch "
        "and says so.",
    ),
    Definition(
        "gap-down",
        "Gap-down",
        "The session opened at or below the level after a previous close above it.",
        "A flag beside the status: a level can be lost at the open and held by the close.",
    ),
    Definition(
        "level-call",
        "Level call",
        "A moving average as it was known before a session's close, kept once a symbol, level and "
        "session.",
        "Made at the first look at the day, before the open or in session, never after the "
        "close. Its price and the close before are those of that look and never change.",
    ),
    Definition(
        "call-ledger",
        "Call ledger",
        "Every level call with what the session's close made of it.",
        "Scored once, by the rules of the status after the close, from the session's final bar "
        "(20 minutes after the bell where the source is delayed; a half-day at its own close). A "
        "call whose final bar is missing stays open. A split on the session brings the call to "
        "the bar's units.",
    ),
    Definition(
        "reconstructed-call",
        "Reconstructed call",
        "What would have been called before a past session, from the bars up to the one before it.",
        "The level through the session before, scored by the session's own bar; nothing later "
        "enters. Nobody made it, so it is marked and counted apart from the calls made live. The "
        "put wall of a kept chain is the support called for the next session.",
    ),
    Definition(
        "hit-rate",
        "Hit rate",
        "Held ÷ (held + broken) over scored calls, beside the rate that chance gives.",
        "The interval draws whole sessions again, for the calls of one session move together; "
        "under ten sessions with a tested call only the counts are given. Calls above, below or "
        "reclaimed were not tested and do not count; nor do symbols with closes alone, which "
        "cannot show a held level. Calls whose session opened at or under the level (gap-downs) "
        "have a rate of their own. Chance: the same calls on courses rebuilt from whole sessions "
        "of all symbols together.",
        "percent",
    ),
    Definition(
        "day-log",
        "The day's log",
        "When the price touched, broke under or reclaimed a level in the session, and at what "
        "price.",
        "A crossing has the time and price of the first print across. It is written once the "
        "price is 0.05 ATR beyond the level, or 60 seconds beyond it; a first price on the other "
        "side of the level at once (opened under, opened over). A visit from above that proves "
        "no crossing is a touch, with its lowest price; the next touch counts after the price "
        "was 0.25 ATR above. What is open at the bell the close decides. From one-minute bars "
        "the times are to the minute. “Watched again” marks a time nobody watched and no minutes "
        "fill.",
    ),
    Definition(
        "indicated-price",
        "Indicated price (PRE)",
        "The price traded before the open, with its distance to each level for the day.",
        "It never decides a status.",
        "dollars",
    ),
    Definition(
        "support",
        "Support in focus",
        "The highest of the 50, 100 and 200-DMA at or below the price.",
        "Before and at the open: below the previous close.",
        "dollars",
    ),
    Definition(
        "next-support",
        "Next support",
        "The next lower of the 50, 100 and 200-DMA: where a fall through the support in focus "
        "would lead.",
        "The 20-DMA, option levels, swing lows and the 52-week low stand on the ladder and "
        "never become the headline support.",
        "dollars",
    ),
    Definition(
        "swing-low",
        "Prior swing low",
        "The last low that is the lowest of the five sessions on either side.",
        "Known only five sessions later, and used only from then on.",
        "dollars",
    ),
    Definition(
        "own-level",
        "Own level",
        "A price that you have drawn on the chart of Supports or typed there.",
        "Kept in your browser, by symbol. It has the distance and the status of every rung, and is "
        "no part of the finding, of confluence or of the next support.",
        "dollars",
    ),
    Definition(
        "year-low",
        "52-week low",
        "The lowest low of the last 252 sessions.",
        "With fewer sessions there is none, and the page says how many there are. Closes stand "
        "in where there are no lows.",
        "dollars",
    ),
    Definition(
        "weekly-average",
        "N-week average",
        "The simple mean of the closes of the last N completed weeks (N = 10 or 40).",
        "A week is completed from the close of its last session on the listing's calendar on; the "
        "running week never counts, so the level stands still from Monday to Friday.",
        "dollars",
    ),
    Definition(
        "prior-range",
        "Prior day, week, month",
        "The lowest low, or highest high, of the last completed day, week or month.",
        "Known before the session's open: on any day of a week the prior week is the one that "
        "ended before it. Closes stand in where there are no highs and lows.",
        "dollars",
    ),
    Definition(
        "anchored-vwap",
        "Anchored VWAP",
        "The mean of the typical prices, (high + low + close) / 3, weighted by volume, of all "
        "sessions from a chosen one on (Brian Shannon).",
        "From daily bars, so an approximation of what was paid in the session. Anchors: the day "
        "of the 52-week high or low, the first session that traded on the last earnings, the day "
        "of the last Fed decision, and a date of your own.",
        "dollars",
    ),
    Definition(
        "volume-profile",
        "Volume profile",
        "Volume by price over the last 63 sessions: the point of control is the price with the "
        "most of it, the value area holds 70% of it round that point (Steidlmayer).",
        "An approximation: each daily bar's volume is spread evenly over its range, in 50 rows "
        "between the lowest low and the highest high.",
        "dollars",
    ),
    Definition(
        "channel",
        "Channel Z-score",
        "How many residual standard deviations the close lies from a least-squares line "
        "through the log closes of the last 252 sessions.",
        "The channel is drawn at Z = ±1 and ±2.",
        "standard deviations",
    ),
    Definition(
        "confluence",
        "Confluence",
        "Levels of different families within 0.25 ATR of a neighbour; the score counts "
        "families, not lines.",
        "Families: moving averages, options, price structure. A whole cluster spans at most "
        "0.5 ATR.",
        "families",
    ),
)

HOLD_STUDY = (
    Definition(
        "touch-event",
        "Touch event",
        "A session that opened above the level after a close above it, and whose low reached it.",
        "A gap-down event opened at or below it and has its own row. One cooldown clock a "
        "level: the next event is at least 10 sessions after the last one counted.",
        "count",
    ),
    Definition(
        "gap-down-event",
        "Gap-down event",
        "A session that opened at or below the level after a close above it.",
        "Counted apart from touches, on the same cooldown clock.",
        "count",
    ),
    Definition(
        "confirmed-break",
        "Confirmed break",
        "Two closes in a row below the level, or one more than 0.25 ATR14 below it.",
        "A break is any event that closed below; the confirmed ones are counted beside.",
        "count",
    ),
    Definition(
        "hold-rate",
        "Hold rate",
        "The share of events that closed at or above the level, with its Wilson 95% interval.",
        "With fewer than 10 events only counts are shown. A confirmed break is two closes "
        "below, or one more than 0.25 ATR below.",
        "percent",
    ),
    Definition(
        "null-rate",
        "Null rate",
        "What the same code finds on price paths rebuilt at random from the same sessions.",
        "Stationary bootstrap (Politis and Romano, mean block of 20 sessions). A hold rate is "
        "never shown without it: a random walk “holds” a true touch about 45% of the time.",
        "percent",
    ),
    Definition(
        "p-value",
        "p",
        "The share of randomly rebuilt price paths that hold at least as often as the real one "
        "did.",
        "(1 + paths at or above the observed rate) ÷ (paths + 1). Paths without an event are "
        "left out and counted. It is one of many on a page: what may be claimed is said by q.",
        "share",
    ),
    Definition(
        "q-value",
        "q",
        "p corrected for all the rows that were tested on the same page.",
        "Benjamini-Hochberg: of the rows called \u201cmore often than chance\u201d up to q = 0.05, "
        "about 5% are expected to be chance all the same. Uncorrected, four levels trip on 19% "
        "of paths made by chance alone.",
        "share",
    ),
    Definition(
        "mean-after",
        "p of a mean",
        "How often a mean lies as far from that of all days when the sessions are put in another "
        "order.",
        "The events stay on their days; the returns are reordered in blocks of 20 sessions on "
        "average (of the horizon where that is longer), all members of a session together. "
        "Means rest on events whose windows do not overlap.",
        "share",
    ),
    Definition(
        "after-break",
        "After a break",
        "How often the next lower average was reached within 60 sessions of a close below this "
        "one, beside the same rate on randomly rebuilt price paths.",
        "With its Wilson interval, the median sessions to it, and the overshoot: the lowest low "
        "from the broken level. On SPY since 1993 the 50-DMA's 88% is what chance gives (89%).",
        "percent",
    ),
    Definition(
        "touch-odds",
        "Odds of a touch",
        "The options-implied, risk-neutral probability that price reaches the level by then.",
        "By the local volatility of the chain's own smiles, on a clock of sessions, at the "
        "moment of its quotes. The odds of a close below stand beside it.",
        "percent",
    ),
    Definition(
        "close-odds",
        "Odds of a close below",
        "The options-implied, risk-neutral probability that the price closes below the level "
        "on that day.",
        "N(−d2) plus what the smile's slope adds: what a tight put spread at the level costs. "
        "It is what options pay for, not a forecast.",
        "percent",
    ),
)
