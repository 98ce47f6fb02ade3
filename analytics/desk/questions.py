"""The list of questions the desk answers; what walks it comes free for a new one."""

from __future__ import annotations

from typing import Any

from analytics.alerts.question import ALERT
from analytics.model.question import Question
from analytics.options.history import OPTIONS_HISTORY
from analytics.options.levels_question import OPTIONS_LEVELS
from analytics.options.question import OPTIONS
from analytics.options.surface_question import OPTIONS_SURFACE
from analytics.options.surprise import OPTIONS_SURPRISE
from analytics.portfolio.question import PORTFOLIO_QUESTION
from analytics.studies.calendar.chart_events import CHART_EVENTS
from analytics.studies.calendar.events import CALENDAR
from analytics.studies.hold.study import HOLD_STUDY
from analytics.studies.hold.universe import HOLD_UNIVERSE
from analytics.studies.overnight.overnight import OVERNIGHT
from analytics.studies.rules.lab import RULE_LAB
from analytics.studies.scan.events import EVENTS as SCAN_EVENTS
from analytics.studies.scan.scan import SCAN
from analytics.studies.sectors.afloat import AFLOAT
from analytics.studies.sectors.contribution import CONTRIBUTION
from analytics.studies.sectors.correlation import CORRELATION
from analytics.studies.sectors.downside import DOWNSIDE
from analytics.studies.sectors.follow_through import FOLLOW_THROUGH
from analytics.studies.sectors.group_drawdown import GROUP_DRAWDOWN
from analytics.studies.sectors.rotation import ROTATION
from analytics.studies.sectors.sectors import SECTOR_HISTORY, SECTORS
from analytics.studies.sentiment.breadth import BREADTH
from analytics.studies.sentiment.index import SENTIMENT
from analytics.studies.supports.calibration import ODDS_CALIBRATION
from analytics.studies.supports.odds import ODDS
from analytics.studies.supports.price_history import PRICE_HISTORY
from analytics.studies.supports.supports import SUPPORTS
from analytics.studies.supports.watchlist import WATCHLIST
from analytics.studies.valuation.fundamentals import VALUATION
from analytics.studies.valuation.group_valuation import GROUP_VALUATION
from analytics.studies.valuation.market_values import MARKET_VALUES
from analytics.watch.day_log import LEVEL_LOG
from analytics.watch.ledger import CALL_LEDGER

QUESTIONS: dict[str, Question[Any, Any]] = {
    question.name: question
    for question in (
        SUPPORTS,
        PRICE_HISTORY,
        WATCHLIST,
        SCAN,
        SCAN_EVENTS,
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
        OPTIONS_SURPRISE,
        ODDS,
        ODDS_CALIBRATION,
        HOLD_STUDY,
        HOLD_UNIVERSE,
        RULE_LAB,
        VALUATION,
        GROUP_VALUATION,
        MARKET_VALUES,
        CALENDAR,
        CHART_EVENTS,
        LEVEL_LOG,
        CALL_LEDGER,
        PORTFOLIO_QUESTION,
        OVERNIGHT,
        ALERT,
    )
}
