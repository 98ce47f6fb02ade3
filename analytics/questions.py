"""The list of questions the desk answers; what walks it comes free for a new one."""

from __future__ import annotations

from typing import Any

from analytics.afloat import AFLOAT
from analytics.breadth import BREADTH
from analytics.calendar_events import CALENDAR
from analytics.chart_events import CHART_EVENTS
from analytics.contribution import CONTRIBUTION
from analytics.correlation import CORRELATION
from analytics.downside import DOWNSIDE
from analytics.drawdowns import GROUP_DRAWDOWN
from analytics.follow_through import FOLLOW_THROUGH
from analytics.fundamentals import VALUATION
from analytics.group_valuation import GROUP_VALUATION
from analytics.hold_study import HOLD_STUDY
from analytics.hold_universe import HOLD_UNIVERSE
from analytics.market import WATCHLIST
from analytics.odds import ODDS
from analytics.options.history import OPTIONS_HISTORY
from analytics.options.levels_question import OPTIONS_LEVELS
from analytics.options.question import OPTIONS
from analytics.options.surface_question import OPTIONS_SURFACE
from analytics.portfolio.question import PORTFOLIO_QUESTION
from analytics.price_history import PRICE_HISTORY
from analytics.question import Question
from analytics.rotation import ROTATION
from analytics.sectors import SECTOR_HISTORY, SECTORS
from analytics.sentiment import SENTIMENT
from analytics.supports import SUPPORTS
from analytics.watch.day_log import LEVEL_LOG
from analytics.watch.ledger import CALL_LEDGER

QUESTIONS: dict[str, Question[Any, Any]] = {
    question.name: question
    for question in (
        SUPPORTS,
        PRICE_HISTORY,
        WATCHLIST,
        GROUP_DRAWDOWN,
        SECTORS,
        SECTOR_HISTORY,
        AFLOAT,
        BREADTH,
        ROTATION,
        DOWNSIDE,
        CORRELATION,
        SENTIMENT,
        FOLLOW_THROUGH,
        CONTRIBUTION,
        OPTIONS,
        OPTIONS_HISTORY,
        OPTIONS_LEVELS,
        OPTIONS_SURFACE,
        ODDS,
        HOLD_STUDY,
        HOLD_UNIVERSE,
        VALUATION,
        GROUP_VALUATION,
        CALENDAR,
        CHART_EVENTS,
        LEVEL_LOG,
        CALL_LEDGER,
        PORTFOLIO_QUESTION,
    )
}
