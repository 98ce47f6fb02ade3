"""The live feed: one upstream connection a deployment, one snapshot for all its viewers."""

from analytics.feed.feeder import Feed
from analytics.feed.market import FeedPace, LiveMarket
from analytics.feed.snapshot import Snapshot
from analytics.feed.upstream import StreamPace
from analytics.model.live import FeedState
from analytics.watch.session_baseline import RunningAverage, SessionBaseline, baseline_of

__all__ = [
    "Feed",
    "FeedPace",
    "FeedState",
    "LiveMarket",
    "RunningAverage",
    "SessionBaseline",
    "Snapshot",
    "StreamPace",
    "baseline_of",
]
