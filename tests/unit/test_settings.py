from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from analytics.model.vocabulary import BadInput
from analytics.secret_key import secret_key
from analytics.settings import Settings
from analytics.settings_reader import load_settings


class TestPrecedence:
    def test_an_option_beats_the_environment_and_that_the_default(self) -> None:
        environ = {"HOLDLINE_PORT": "9001", "HOLDLINE_HOST": "0.0.0.0"}
        settings = load_settings(["--port", "9002"], environ)
        assert (settings.port, settings.host) == (9002, "0.0.0.0")
        assert load_settings([], {}).port == 8050

    def test_an_empty_variable_counts_as_absent(self) -> None:
        assert load_settings([], {"HOLDLINE_PORT": "", "CACHE_URL": ""}).port == 8050

    def test_a_variable_may_name_a_file(self, tmp_path: Path) -> None:
        secret, empty = tmp_path / "secret", tmp_path / "empty"
        secret.write_text("a-scrape-token-of-some-length\n")
        empty.write_text("")
        environ = {
            "HOLDLINE_SCRAPE_TOKEN_FILE": str(secret),
            "HOLDLINE_SMTP_URL_FILE": str(empty),
            "HOLDLINE_SECRET_KEY_FILE": str(secret),
        }
        settings = load_settings([], environ)
        assert settings.scrape_token == "a-scrape-token-of-some-length"
        assert settings.smtp_url == ""
        assert secret_key(tmp_path, environ).value == "a-scrape-token-of-some-length"

    def test_secrets_are_not_shown(self) -> None:
        shown = repr(load_settings([], {"DATABASE_URL": "postgresql://me:hidden@db/x"}))
        assert "hidden" not in shown

    def test_demo_is_short_for_its_source(self) -> None:
        assert load_settings(["--demo"], {"HOLDLINE_SOURCE": "yahoo"}).source == "demo"

    def test_a_folder_alone_means_the_files_source(self, tmp_path: Path) -> None:
        settings = load_settings(["--data", str(tmp_path)], {})
        assert (settings.source, settings.data) == ("files", tmp_path)

    def test_a_date_is_read(self) -> None:
        assert load_settings(["--as-of", "2025-01-24"], {}).as_of == dt.date(2025, 1, 24)

    def test_every_setting_is_described_once(self) -> None:
        rows = Settings.describe()
        names = [row[1] for row in rows]
        assert len(set(names)) == len(names)
        assert all(about for *_, about in rows)


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "environ", "said"),
        [
            (["--port", "99999"], {}, "--port is '99999'"),
            (["--port", "x"], {}, "--port is 'x'"),
            ([], {"HOLDLINE_PORT": "nan"}, "HOLDLINE_PORT is 'nan'"),
            ([], {"HOLDLINE_DEADLINE": "nan"}, "HOLDLINE_DEADLINE is 'nan'"),
            (["--as-of", "yesterday"], {}, "--as-of is 'yesterday'"),
            (["--source", "bloomberg"], {}, "accepted are auto, yahoo, demo, files"),
            (["--source", "files"], {}, "needs a folder"),
            (["--data", "/no/such/folder"], {}, "no folder"),
            (["--demo", "--source", "yahoo"], {}, "exclude each other"),
            (["--dmeo"], {}, "--help"),
            ([], {"HOLDLINE_THEME": "pink"}, "HOLDLINE_THEME"),
            (["--demo-time", "25:00"], {}, "a time from 04:00 to 16:00"),
            ([], {"HOLDLINE_DEMO_TIME": "noon"}, "a time from 04:00 to 16:00"),
        ],
    )
    def test_a_bad_value_is_named_with_what_is_accepted(
        self, arguments: list[str], environ: dict[str, str], said: str
    ) -> None:
        with pytest.raises(BadInput, match=said):
            load_settings(arguments, environ)


class TestFiles:
    def test_a_file_that_is_not_there_is_named(self) -> None:
        with pytest.raises(BadInput, match="SCRAPE_TOKEN_FILE is '/nowhere', which cannot"):
            load_settings([], {"HOLDLINE_SCRAPE_TOKEN_FILE": "/nowhere"})

    def test_the_value_and_its_file_exclude_each_other(self, tmp_path: Path) -> None:
        environ = {"CACHE_URL": "redis://a/0", "CACHE_URL_FILE": str(tmp_path / "b")}
        with pytest.raises(BadInput, match="CACHE_URL and CACHE_URL_FILE exclude each other"):
            load_settings([], environ)


class TestWhereLinksLead:
    @pytest.mark.parametrize(
        ("environ", "arguments", "leads"),
        [
            ({}, [], "http://127.0.0.1:8050"),
            ({}, ["--host", "0.0.0.0", "--port", "81"], "http://localhost:81"),
            ({}, ["--host", "::1"], "http://[::1]:8050"),
            (
                {"HOLDLINE_PUBLIC_URL": "https://desk.example/live/"},
                [],
                "https://desk.example/live",
            ),
        ],
    )
    def test_what_stands_before_a_page_s_path(
        self, environ: dict[str, str], arguments: list[str], leads: str
    ) -> None:
        assert load_settings(arguments, environ).base_url == leads

    @pytest.mark.parametrize(
        "address", ["desk.example", "javascript:alert(1)", 'https://x.example/"onclick=', "ftp://x"]
    )
    def test_only_a_web_address_is_taken(self, address: str) -> None:
        with pytest.raises(BadInput, match="HOLDLINE_PUBLIC_URL"):
            load_settings([], {"HOLDLINE_PUBLIC_URL": address})
