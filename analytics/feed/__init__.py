"""The live feed: one upstream connection a deployment, one snapshot for all its viewers."""

from analytics.feed.basis import Basis, RunningAverage, basis_of
from analytics.feed.feeder import Feed, FeedPace
from analytics.feed.lines import Line, evaluate
from analytics.feed.snapshot import FeedState, Snapshot
from analytics.feed.upstream import Connection, StreamPace

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
