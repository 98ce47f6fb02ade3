"""The live feed: one upstream connection a deployment, one snapshot for all its viewers."""

from analytics.feed.feeder import Feed, FeedPace
from analytics.feed.lines import Line, evaluate
from analytics.feed.snapshot import FeedState, Snapshot
from analytics.feed.upstream import Connection, StreamPace
from analytics.watch.session_baseline import Basis, RunningAverage, basis_of

__all__ = [
    "Basis",
    "Connection",
    "Feed",
    "FeedPace",
    "FeedState",
    "Line",
    "RunningAverage",
    "Snapshot",
    "StreamPace",
    "basis_of",
    "evaluate",
]
