"""The alert kinds, by the name that JSON and the store know them by. A new kind is one line."""

from __future__ import annotations

from analytics.alerts.kinds.crossing import Crossing
from analytics.alerts.kinds.in_scan import InScan
from analytics.alerts.kinds.low_sentiment import LowSentiment
from analytics.alerts.kinds.near import Near
from analytics.alerts.kinds.touch import Touch
from analytics.alerts.rule import Rule

KINDS: dict[str, type[Rule]] = {
    kind.kind: kind for kind in (Crossing, Touch, Near, InScan, LowSentiment)
}
"""In the order of the forms on the page."""
