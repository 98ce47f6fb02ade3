"""Editor of the model portfolio, for staff: draft, look at the effect, publish, import, export."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from analytics.desk.desk import Desk
from analytics.desk.gather import HISTORY_YEARS
from analytics.model import access
from analytics.model.portfolio_changes import Change, parse_change, said
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs
from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import BadInput, Bars
from analytics.newsletter.trade import trade_letters
from analytics.portfolio.csv_text import MAX_LINES, is_same, read_csv, write_csv
from analytics.portfolio.question import PORTFOLIO_QUESTION, value_portfolio
from analytics.portfolio.rules import check_change, check_order
from analytics.portfolio.view import PortfolioView
from analytics.store.portfolios import Portfolios

LINK = "/portfolio"
_TITLE = 200


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Effect:
    """A draft's effect as if it were carried out now, at the newest prices."""

    change: Change
    before: PortfolioView
    after: PortfolioView


@dataclass(frozen=True)
class Imported:
    """What came of a file: drafts made, and lines left out as they are published already."""

    drafts: tuple[Change, ...]
    known: int


class Editor:
    """The portfolio's staff side; it trusts its caller to let only staff in.

    Args:
        desk: whose portfolio it is.
        clock: wall time, UTC.
        site: address of this site, where trades go to readers by mail; "" where no mail is sent.
    """

    def __init__(
        self, desk: Desk, clock: Callable[[], dt.datetime] = _utc_now, site: str = ""
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._site = site

    def drafts(self) -> tuple[Change, ...]:
        """Every draft, by session; those of one session oldest first.

        Raises:
            StoreUnavailable: they cannot be read.
        """
        return tuple(sorted(self._portfolios.drafts(), key=lambda draft: draft.effective))

    def published(self) -> tuple[Change, ...]:
        """Every published change, in its order."""
        return self._portfolios.published()

    def session(self) -> dt.date:
        """The session under way, or the newest one: a new change's usual date."""
        return self._desk.moment().session

    def save(self, raw: Mapping[str, object]) -> Change:
        """Keep a draft.

        Raises:
            BadInput: it cannot be carried out after what is published and drafted so far.
            HoldlineError: prices or the store are not there; nothing was kept.
        """
        change = self._parsed(raw)
        self._check(change, [*self.published(), *self.drafts()])
        self._portfolios.save_drafts([change], self._clock())
        return change

    def preview(self, raw: Mapping[str, object]) -> Effect:
        """What a draft would do, without keeping anything; raises as `save`."""
        change = self._parsed(raw)
        standing = [*self.published(), *self.drafts()]
        inputs = self._check(change, standing)
        earlier = [c for c in standing if c.effective <= change.effective]
        return Effect(
            change,
            effect_view(earlier, inputs),
            effect_view([*earlier, change], inputs),
        )

    def discard(self, identity: str) -> bool:
        """Throw a draft away; whether it was there."""
        return self._portfolios.discard(identity)

    def publish(self, identity: str, after: int) -> Change:
        """Publish a draft and tell every subscriber, both or neither; once, however often asked.

        Args:
            identity: the draft's.
            after: number of the newest published change that its author has seen.

        Raises:
            Overtaken: somebody published meanwhile.
            BadInput: it cannot be carried out after what is published.
        """
        return self._publish(identity, after)

    def publish_history(self) -> tuple[Change, ...]:
        """Publish every draft as the past of a portfolio that has none yet; nobody is notified.

        Raises:
            BadInput: something is published already, or there is no draft.
        """
        drafts = self.drafts()
        if not drafts:
            raise BadInput("There is no draft to publish.")
        if any(not _is_past(draft, self._desk.source.now()) for draft in drafts):
            raise BadInput("Only changes of sessions that have closed are history.")
        return self._portfolios.publish_first(
            [draft.id for draft in drafts], self._desk.source.now(), self._clock()
        )

    def export(self) -> str:
        """The published changes as CSV; drafts are not in it.

        Raises:
            NotInPlan: the viewer's plan does not show the portfolio.
        """
        access.require(PORTFOLIO_QUESTION.offer)
        return write_csv(self.published())

    def import_csv(self, text: str) -> Imported:
        """Make drafts of a file's changes, all or none.

        Raises:
            BadInput: naming the line and what is wrong with it.
        """
        identities = [uuid.uuid4().hex for _ in range(MAX_LINES)]
        lines = read_csv(text, identities, self._today())
        published = {change.number: change for change in self.published()}
        new = [
            line
            for line in lines
            if line.number not in published or not is_same(published[line.number], line.change)
        ]
        standing = [*published.values(), *self.drafts()]
        inputs = self._inputs([*standing, *(line.change for line in new)])
        for line in new:
            try:
                self._check(line.change, standing, inputs)
            except BadInput as error:
                raise BadInput(f"Line {line.line}: {error}") from None
            standing = sorted([*standing, line.change], key=lambda c: c.effective)
        drafts = tuple(line.change for line in new)
        self._portfolios.save_drafts(drafts, self._clock())
        return Imported(drafts, len(lines) - len(new))

    @property
    def _portfolios(self) -> Portfolios:
        return self._desk.records.portfolio

    def _today(self) -> dt.date:
        return self._desk.source.now().astimezone(NEW_YORK).date()

    def _parsed(self, raw: Mapping[str, object]) -> Change:
        return parse_change(raw, uuid.uuid4().hex, self._today())

    def _inputs(self, changes: Sequence[Change]) -> Inputs:
        symbols = tuple(dict.fromkeys(s for change in changes for s in change.symbols))
        usual = dt.date(self._today().year - HISTORY_YEARS, 1, 1)
        wanted = Needs(
            bars=(DEFAULT_BENCHMARK,),
            ended_bars=symbols,
            full_history=any(change.effective < usual for change in changes),
            portfolio=True,
        )
        return self._desk.inputs(wanted)

    def _check(
        self, change: Change, standing: Sequence[Change], inputs: Inputs | None = None
    ) -> Inputs:
        check_order(change, [c for c in standing if c.published_at])
        inputs = inputs or self._inputs([*standing, change])
        check_change(change, standing, _dollar_bars(change, inputs), inputs.moment.session)
        return inputs

    def _publish(self, identity: str, after: int) -> Change:
        already = next((c for c in self.published() if c.id == identity), None)
        if already is not None:
            return already
        draft = next((d for d in self.drafts() if d.id == identity), None)
        if draft is None:
            raise BadInput("This draft is gone: it was thrown away.")
        self._check(draft, self.published())
        now = self._desk.source.now()
        return self._portfolios.publish(identity, after, now, self._clock(), self._tell)

    def _tell(self, connection: Connection, change: Change) -> None:
        """Write the notice and the letter in the transaction that publishes: all or nothing."""
        records = self._desk.records
        name, title = f"{self._portfolios.name} {change.number}", notice_title(change)
        text = f"{said(change)}, at the close of {change.effective}.\n\n{change.reason}"
        link = f"{LINK}#change-{change.number}"
        records.notices.publish(
            "trade",
            name,
            title,
            text,
            link,
            change.published_at or self._desk.source.now(),
            simulated=records.simulated,
            connection=connection,
        )
        if self._site:
            simulated = records.simulated
            free, pro = trade_letters(title, text, f"{self._site}{link}", simulated=simulated)
            records.newsletter.schedule(
                f"trade {name}", free, pro, self._clock(), only_trades=True, connection=connection
            )


def notice_title(change: Change) -> str:
    """One line for a toast and an e-mail's subject."""
    text = said(change)
    title = f"Model portfolio: {text[:1].lower()}{text[1:]}"
    return title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}\u2026"


def effect_view(changes: Sequence[Change], inputs: Inputs) -> PortfolioView:
    """The portfolio as if all of ``changes`` were carried out by the newest session."""
    last = inputs.moment.session
    now = [replace(c, effective=min(c.effective, last)) for c in changes]
    settled = {symbol: replace(bars, last_complete=True) for symbol, bars in inputs.bars.items()}
    return value_portfolio(now, replace(inputs, bars=settled), DEFAULT_BENCHMARK)


def _is_past(draft: Change, now: dt.datetime) -> bool:
    return session_close(draft.effective) <= now


def _dollar_bars(change: Change, inputs: Inputs) -> Mapping[str, Bars]:
    """The inputs' bars, once every symbol that is traded is known to have a dollar price.

    Raises:
        BadInput: a symbol is unknown, or priced in another currency.
        HoldlineError: its source failed.
    """
    for symbol in change.priced_at:
        bars = inputs.require_bars(symbol)
        if bars.currency != "USD":
            raise BadInput(f"{symbol} is priced in {bars.currency}: only dollars are added up.")
    return inputs.bars
