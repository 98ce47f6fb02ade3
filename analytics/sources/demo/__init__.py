"""The demo: a seeded market simulator behind the `Source` protocol."""

from analytics.sources.demo.clock import DemoClock
from analytics.sources.demo.source import DemoSource

__all__ = ["DemoClock", "DemoSource"]
