"""Records that people made: kept for good, whatever the source of the prices is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analytics.portfolio.demo import SHIPPED
from analytics.store.database import Database
from analytics.store.notices import Notices
from analytics.store.outbox import Outbox
from analytics.store.portfolios import Portfolios
from analytics.store.previews import PreviewStore
from analytics.store.scenes import SceneStore
from analytics.store.subscriptions import Subscriptions


@dataclass(frozen=True)
class Records:
    """The durable store's parts, one attribute each.

    Attributes:
        database: where they stand; each reading and writing raises `HoldlineError` with the
            reason where it cannot be used.
        simulated: prices are; what rests on them is kept apart from what rests on real ones.
    """

    database: Database
    simulated: bool = False

    @cached_property
    def notices(self) -> Notices:
        """Notices to subscribers; `Notices.publish` adds one."""
        return Notices(self.database)

    @cached_property
    def scenes(self) -> SceneStore:
        """The lists of presenter mode."""
        return SceneStore(self.database)

    @cached_property
    def previews(self) -> PreviewStore:
        """The weekly previews, saved and published."""
        return PreviewStore(self.database)

    @cached_property
    def portfolio(self) -> Portfolios:
        """The model portfolio; the simulator has one of its own, which begins as shipped."""
        if self.simulated:
            return Portfolios(self.database, "demo", SHIPPED)
        return Portfolios(self.database, "model")

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """The rules and channels that subscribers have set."""
        return Subscriptions(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        """The deliveries that are on their way out."""
        return Outbox(self.database)

    def close(self) -> None:
        """Release the connections."""
        self.database.close()
