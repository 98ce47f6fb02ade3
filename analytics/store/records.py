"""Records that people made: kept for good, whatever the source of the prices is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analytics.portfolio.demo import SHIPPED
from analytics.store.api_tokens import ApiTokens
from analytics.store.audit_log import AuditLog
from analytics.store.browser_sessions import BrowserSessions
from analytics.store.confirmations import Confirmations
from analytics.store.database import Database
from analytics.store.former_people import FormerPeople
from analytics.store.invitations import Invitations
from analytics.store.newsletter import Newsletter
from analytics.store.notices import Notices
from analytics.store.one_time_tokens import OneTimeTokens
from analytics.store.outbox import Outbox
from analytics.store.own_data import OwnData
from analytics.store.own_documents import OwnDocuments
from analytics.store.passkeys import Passkeys
from analytics.store.payments import Payments
from analytics.store.people import People
from analytics.store.portfolios import Portfolios
from analytics.store.previews import PreviewStore
from analytics.store.push_subscriptions import PushSubscriptions
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
    def confirmations(self) -> Confirmations:
        """Channels that wait for their code."""
        return Confirmations(self.database)

    @cached_property
    def documents(self) -> OwnDocuments:
        """Each person's watchlists, levels and preferences."""
        return OwnDocuments(self.database)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """The rules and channels that subscribers have set."""
        return Subscriptions(self.database)

    @cached_property
    def push(self) -> PushSubscriptions:
        """The browsers that channels of kind push write to."""
        return PushSubscriptions(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        """The deliveries that are on their way out."""
        return Outbox(self.database)

    @cached_property
    def people(self) -> People:
        """Everybody with an account."""
        return People(self.database)

    @cached_property
    def sessions(self) -> BrowserSessions:
        """Browsers that are signed in."""
        return BrowserSessions(self.database)

    @cached_property
    def one_time(self) -> OneTimeTokens:
        """Secrets that are good once."""
        return OneTimeTokens(self.database)

    @cached_property
    def passkeys(self) -> Passkeys:
        """Everybody's passkeys."""
        return Passkeys(self.database)

    @cached_property
    def payments(self) -> Payments:
        """What was paid for plans."""
        return Payments(self.database)

    @cached_property
    def invitations(self) -> Invitations:
        """Codes that give plans."""
        return Invitations(self.database, self.people)

    @cached_property
    def tokens(self) -> ApiTokens:
        """Tokens that programs show."""
        return ApiTokens(self.database)

    @cached_property
    def newsletter(self) -> Newsletter:
        """The newsletter's readers and issues."""
        return Newsletter(self.database)

    @cached_property
    def own_data(self) -> OwnData:
        """All that is stored of one person."""
        return OwnData(self.database, self.people)

    @cached_property
    def audit(self) -> AuditLog:
        """Who did what."""
        return AuditLog(self.database)

    def former(self, key: str) -> FormerPeople:
        """What those had who deleted their accounts, known again by the server's secret key."""
        return FormerPeople(self.database, key)

    def close(self) -> None:
        """Release the connections."""
        self.database.close()
