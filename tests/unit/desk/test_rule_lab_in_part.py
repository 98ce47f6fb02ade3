"""The rule lab over very many names of a remote source: what is there so far, then the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.desk.desk import Desk
from analytics.desk.lists import KINDS
from analytics.model import dated_lists
from analytics.model.question import Answer
from analytics.studies.rules.answer import RuleLab
from analytics.studies.rules.lab import RULE_LAB, RuleLabParameters
from components.pages.rules.state import RulesState
from components.pages.rules.views import show_result
from tests.support.waiting import until
from tests.unit.desk.test_background_loads import MEMBERS, Slow, desk_on

PARAMETERS = RuleLabParameters(group="dow", n=20, paths=100)
GONE = "GONE"
"""A former member that the source does not know."""


@pytest.fixture(autouse=True)
def universe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("analytics.desk.background_loads.FIRST_LOOK_SECONDS", 0.1)
    rows = [f"dow,{symbol},,2008-01-02,,,2026-11-01,x" for symbol in MEMBERS]
    rows.append(f"dow,{GONE},,2008-01-02,2024-06-03,,2026-11-01,x")
    text = "\n".join([",".join(KINDS["universes"].columns), *rows, ""])
    (tmp_path / "universes.csv").write_text(text, encoding="utf-8")
    dated_lists.use_folder(tmp_path)
    yield
    dated_lists.use_folder(None)


def ask(desk: Desk) -> Answer[RuleLab]:
    return desk.ask(RULE_LAB, PARAMETERS)


def test_it_counts_who_is_there_and_chance_only_when_all_are() -> None:
    source = Slow()
    source.quick = frozenset({"SPY", *MEMBERS[:12]})
    desk = desk_on(source)
    try:
        until(lambda: (found := ask(desk).result) is not None and found.members == 12)
        part = ask(desk).result
        assert part is not None
        assert part.verdict.startswith(f"So far 12 of {len(MEMBERS) + 1} names")
        assert (part.p_value, part.paths) == (None, 0)
        view = show_result(RulesState(group="dow"), part)
        assert view.loading == (12, len(MEMBERS) + 1)
        source.released.set()
        until(lambda: (found := ask(desk).result) is not None and not found.loading)
        whole = ask(desk).result
        assert whole is not None
        assert (whole.members, whole.paths) == (len(MEMBERS), 100)
        assert whole.p_value is not None
        assert f"1 of {len(MEMBERS) + 1} had no bars: {GONE}." in whole.note
    finally:
        source.released.set()
        desk.close()
