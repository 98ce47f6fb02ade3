from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import app as holdline
from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.settings_reader import load_settings
from analytics.sources.demo import DemoClock, DemoSource


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The app over a paused demo."""
    home: Path = tmp_path_factory.mktemp("home")
    source = DemoSource(clock=DemoClock(speed=0.0))
    desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))
    settings = load_settings(["--demo"], {"HOLDLINE_HOME": str(home)})
    yield holdline.create_app(settings, desk, open_feed(desk)).server.test_client()
    desk.close()


class TestStep:
    @pytest.mark.parametrize(
        ("query", "to"),
        [
            ("as_of=2025-01-27T10:00&by=5m", "2025-01-27T10:05"),
            ("as_of=2025-01-27T10:00&by=-1s", "2025-01-24"),
            ("as_of=2025-01-24&by=1m", "2025-01-27T09:31"),
            ("as_of=2025-01-27&by=1s", None),
        ],
    )
    def test_the_next_moment(self, client: FlaskClient, query: str, to: str | None) -> None:
        reply = client.get(f"/replay/step?{query}")
        assert (reply.status_code, reply.json) == (200, {"as_of": to})

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("", "as_of is ''"),
            ("as_of=yesterday&by=5m", "as_of is 'yesterday'"),
            ("as_of=2025-01-27", "by is ''"),
            ("as_of=2025-01-27&by=5h", "by is '5h'"),
            ("as_of=2025-01-27&by=9999m", "A step goes 1 to 390 minutes"),
            ("as_of=2025-01-27&by=0s", "A step goes 1 to 390 sessions"),
            ("as_of=2099-01-27&by=1s", "lies outside the exchange's calendar"),
            ("as_of=1990-12-31&by=-390s", ""),
        ],
    )
    def test_what_is_malformed_is_refused_in_a_sentence(
        self, client: FlaskClient, query: str, sentence: str
    ) -> None:
        reply = client.get(f"/replay/step?{query}")
        assert reply.status_code == 400
        assert sentence in reply.get_json()["error"]


def test_it_starts_with_the_newest_session_that_has_minutes(client: FlaskClient) -> None:
    assert client.get("/replay/start").json == {"as_of": "2025-01-27T09:31"}
