"""A rule that cannot be judged fails alone: others' alerts come, and its own list says why."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.alerts.kinds.touch import Touch
from analytics.alerts.rules import parse_rule
from analytics.assembly import open_alerts
from analytics.model import dated_lists
from analytics.model.universes import UNIVERSES
from tests.support.accounts import Site
from tests.support.small_alerts import ABOVE, LOSES, UNDER
from tests.unit.components.accounts.test_own_alerts import panel

ANN, BOB = "ann@example.org", "bob@example.org"
MINE = {"kind": "scan", "stands": "under", "universe": "mine"}
HEADER = "universe,symbol,sector,first_day,end_day,formerly,as_of,source\n"
LOST = "under its 50-DMA"
WHY = "There is no universe 'mine'"


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[Path]:
    """The operator's lists, with a universe of their own."""
    folder = tmp_path / "home" / "lists"
    folder.mkdir(parents=True)
    (folder / UNIVERSES).write_text(f"{HEADER}mine,AAPL,XLK,2000-01-03,,,2025-01-24,own\n")
    yield folder
    dated_lists.use_folder(None)


@pytest.fixture
def site(tmp_path: Path, lists: Path) -> Iterator[Site]:
    before = dt.datetime.now(dt.UTC)
    made = Site(tmp_path / "home")
    made.records.subscriptions._clock = lambda: before  # before the simulated day began
    dated_lists.use_folder(lists)
    yield made
    made.desk.close()


def told(site: Site, email: str) -> list[str]:
    own = site.person(email).id
    return [notice.message.title for notice in site.records.notices.latest(own)]


def step(site: Site) -> None:
    """SPY loses its average before an engine as the site itself has."""
    engine = open_alerts(site.settings, site.desk)._make_engine()
    clock = site.desk.source.play_clock
    assert clock is not None
    for shot in (ABOVE, UNDER):
        engine.step(shot, clock.run)


class TestAUniverseRemovedLater:
    def test_the_other_s_alert_comes_and_the_rule_is_listed_with_its_reason(
        self, site: Site, lists: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        site.with_pro(ANN)
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        for browser, rule in ((ann, MINE), (ann, LOSES), (bob, LOSES)):
            assert browser.send("/alerts/rules", rule).status_code == 200
        (lists / UNIVERSES).unlink()
        dated_lists.look_again()
        with caplog.at_level(logging.WARNING):
            step(site)
        for email in (ANN, BOB):
            (title,) = told(site, email)
            assert LOST in title
        assert WHY in caplog.text
        body = str(panel(ann, "rules")["body"])
        assert WHY in body.replace("\\'", "'")
        assert body.count("data-remove-rule") == 2
        assert "SPY loses its 50\u2011DMA" in body
        scan = next(one for one in site.records.subscriptions.rules() if one.rule.scan)
        gone = ann.send("/alerts/rules/remove", {"id": scan.id})
        assert gone.get_json() == {"removed": True}
        assert WHY not in str(panel(ann, "rules")["body"])


class TestAnUnknownUniverse:
    @pytest.mark.parametrize("name", ["nope", "XLZ", "SP500"])
    def test_it_is_refused_when_the_rule_is_set(self, site: Site, name: str) -> None:
        site.with_pro(ANN)
        answer = site.signed_in(ANN).send("/alerts/rules", MINE | {"universe": name})
        assert answer.status_code == 400
        said = answer.get_json()["error"]
        assert said.startswith(f"There is no universe '{name}': sp500, nasdaq100, dow, mine or ")
        assert "XLK" in said
        assert site.records.subscriptions.rules() == ()


class TestARuleThatBreaks:
    def test_it_stops_no_other_rule_and_the_list_is_shown(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """For a reason that nobody has foreseen."""

        def breaks(*_: Any) -> Any:
            raise ZeroDivisionError

        ann, bob = site.person(ANN), site.person(BOB)
        touch = parse_rule({"kind": "touch", "symbol": "SPY", "at": "50-DMA"})
        site.records.subscriptions.add_rule(ann.id, touch)
        site.records.subscriptions.add_rule(bob.id, parse_rule(LOSES))
        for method in ("find", "status"):
            monkeypatch.setattr(Touch, method, breaks)
        step(site)
        (title,) = told(site, BOB)
        assert LOST in title
        assert told(site, ANN) == []
        assert caplog.text.count("cannot be judged; the others are") == 1
        shown = panel(site.signed_in(ANN), "rules")
        assert "cannot be judged; the reason is in the log" in str(shown["body"])
        assert "data-remove-rule" in str(shown["body"])
