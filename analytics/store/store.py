"""Chains and figures that were fetched or shown, by source, symbol and session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Table, delete, func, select

from analytics.model.vocabulary import DailyFigures, OptionChain
from analytics.store.daily_figures import figures_upto
from analytics.store.database import Database
from analytics.store.holding_bars import HoldingBars
from analytics.store.imported import ImportedPast
from analytics.store.level_calls import LevelCallTable
from analytics.store.schema import chain_snapshots, kept_figures, level_calls, level_events


class Store:
    """Chain snapshots and kept figures of all sources in one database.

    Attributes:
        levels: their level calls and day's logs.
        holdings: closes of what the model portfolio holds.
        imported: the past that was brought from elsewhere.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.levels = LevelCallTable(database)
        self.holdings = HoldingBars(database)
        self.imported = ImportedPast(database)

    def save_chain(
        self,
        source: str,
        chain: OptionChain,
        data: bytes,
        *,
        final: bool,
        fetched_at: dt.datetime,
    ) -> None:
        """Keep a chain, encoded as ``data``, until a final one of its session stands.

        Raises:
            StoreUnavailable: when it was not written; as every method, when it failed.
        """
        self._upsert(
            chain_snapshots,
            {
                "source": source,
                "symbol": chain.symbol,
                "session": chain.session,
                "final": final,
                "chain_time": chain.time,
                "fetched_at": fetched_at,
                "data": data,
            },
        )

    def chain(self, source: str, symbol: str, session: dt.date) -> bytes | None:
        """The chain kept of exactly that session as it was encoded, or None."""
        table = chain_snapshots
        asked = select(table.c.data).where(
            table.c.source == source, table.c.symbol == symbol, table.c.session == session
        )
        with self._database.reading() as connection:
            data: bytes | None = connection.execute(asked).scalar()
        return data

    def has_final_chain(self, source: str, symbol: str, session: dt.date) -> bool:
        """Whether the session's last word on the chain is kept."""
        table = chain_snapshots
        asked = select(func.count()).where(
            table.c.source == source,
            table.c.symbol == symbol,
            table.c.session == session,
            table.c.final,
        )
        with self._database.reading() as connection:
            return bool(connection.execute(asked).scalar())

    def save_figures(self, source: str, question: str, figures_shown: DailyFigures) -> None:
        """Keep what a question answered; final figures are never replaced.

        Raises:
            StoreUnavailable: when they were not written.
        """
        self._upsert(
            kept_figures,
            {
                "source": source,
                "question": question,
                "symbol": figures_shown.symbol,
                "session": figures_shown.session,
                "final": figures_shown.final,
                "shown_at": figures_shown.shown_at,
                "definition": figures_shown.definition,
                "figures": msgspec.json.encode(dict(figures_shown.figures)).decode(),
            },
        )

    def figures(
        self, source: str, question: str, symbol: str, upto: dt.date
    ) -> tuple[DailyFigures, ...]:
        """What was kept for the sessions up to ``upto``, oldest first."""
        return figures_upto(
            self._database,
            kept_figures,
            "shown_at",
            source=source,
            question=question,
            symbol=symbol,
            upto=upto,
        )

    def forget_runs(self, scope: str, but: str) -> None:
        """Drop what runs of a simulated market left, called ``scope run``, but one's."""
        with self._database.writing() as connection:
            for table in (chain_snapshots, kept_figures, level_calls, level_events):
                name = table.c.source
                connection.execute(
                    delete(table).where(
                        name.startswith(f"{scope} ", autoescape=True), name != f"{scope} {but}"
                    )
                )

    def close(self) -> None:
        """Release the connections."""
        self._database.close()

    def _upsert(self, table: Table, values: Mapping[str, Any]) -> None:
        """Insert, or replace a row that is not final by one that is not older."""
        statement = self._database.insertion(table).values(**values)
        keys = [column.name for column in table.primary_key]
        when = "chain_time" if "chain_time" in table.c else "shown_at"
        statement = statement.on_conflict_do_update(
            index_elements=keys,
            set_={name: statement.excluded[name] for name in values if name not in keys},
            where=(table.c.final.is_(False)) & (table.c[when] <= statement.excluded[when]),
        )
        with self._database.writing() as connection:
            connection.execute(statement)
