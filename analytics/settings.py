"""Every setting Holdline has, in one dataclass."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

import platformdirs

from analytics.model.question import AsOf
from analytics.model.vocabulary import BadInput
from analytics.sources import registry

T = TypeVar("T")
ThemeName = Literal["system", "light", "dark"]
LogFormat = Literal["text", "json"]
AccountsMode = Literal["auto", "on", "off"]

MIN_TOKEN_CHARACTERS = 16
_CLOCK = re.compile(r"\d\d:[0-5]\d")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9._~/-]*)?")


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("holdline", appauthor=False))


def _meta(
    about: str, *, option: str = "", env: str = "", low: float = 0, high: float = 0
) -> dict[str, Any]:
    """What `Settings.describe` and the two parsers need to know of a field."""
    return {"about": about, "option": option, "env": env, "low": low, "high": high}


def _setting(default: T, about: str, *, secret: bool = False, **more: Any) -> T:
    """A field with its `_meta`; a secret one is left out of what the settings print as."""
    made: Any = field(default=default, repr=not secret, metadata=_meta(about, **more))
    return cast(T, made)


@dataclass(frozen=True)
class Settings:
    """What the process was asked to do; read by `settings_reader.load_settings`.

    Attributes:
        refresh_seconds: seconds between updates of an open page; 0 takes the source's own pace.
    """

    source: str = _setting(
        registry.AUTO,
        f"where prices come from: {', '.join(registry.SOURCES)}, or auto (Yahoo when "
        "reachable, else demo)",
        option="--source",
        env="HOLDLINE_SOURCE",
    )
    data: Path | None = _setting(
        None, "folder of the files source", option="--data", env="HOLDLINE_DATA"
    )
    as_of: AsOf | None = _setting(
        None,
        "open on a past session or minute, such as 2025-01-24 or 2025-01-27T10:00",
        option="--as-of",
        env="HOLDLINE_AS_OF",
    )
    demo_time: str = _setting(
        "13:50",
        "New York time at which the simulated Monday begins to play, 04:00 to 16:00",
        option="--demo-time",
        env="HOLDLINE_DEMO_TIME",
    )
    host: str = _setting("127.0.0.1", "address to listen on", option="--host", env="HOLDLINE_HOST")
    port: int = _setting(
        8050, "port to listen on", option="--port", env="HOLDLINE_PORT", low=1, high=65535
    )
    public_url: str = _setting(
        "",
        "where links in what is sent out lead; empty for http://HOST:PORT",
        env="HOLDLINE_PUBLIC_URL",
    )
    home: Path = field(
        default_factory=_default_home,
        metadata=_meta("folder of the cache, the store and the secret key", env="HOLDLINE_HOME"),
    )
    theme: ThemeName = _setting(
        "system", "theme until the viewer picks one: system, light, dark", env="HOLDLINE_THEME"
    )
    refresh_seconds: float = _setting(
        0.0,
        "seconds between updates of an open page (0: the source's own pace)",
        env="HOLDLINE_REFRESH_SECONDS",
        high=3600,
    )
    quarters: str = _setting(
        "sec,yahoo",
        "who is asked for reported quarters, the preferred first: sec, yahoo; the next is "
        "asked where one has none",
        env="HOLDLINE_QUARTERS",
    )
    chains: str = _setting(
        "yahoo",
        "who is asked for option chains: yahoo, or cboe,yahoo once you have read the note on "
        "Cboe's terms",
        env="HOLDLINE_CHAINS",
    )
    rates: str = _setting(
        "treasury,yahoo",
        "who is asked for riskless rates: treasury, yahoo (its 13-week bill); a dated table "
        "stands in for both",
        env="HOLDLINE_RATES",
    )
    calendars: str = _setting(
        "fed,bls,bea,yahoo",
        "whose release dates the calendar holds: fed, bls, bea, yahoo; all of them are asked",
        env="HOLDLINE_CALENDARS",
    )
    contact: str = _setting(
        "",
        "your e-mail address, sent to providers that want to know who asks; without it the "
        "SEC is not asked",
        env="HOLDLINE_CONTACT",
        secret=True,
    )
    hosts: str = _setting(
        "",
        "other base addresses of providers, as sec=https://mirror.example.org",
        env="HOLDLINE_HOSTS",
    )
    requests_per_minute: int = _setting(
        240, "most requests a minute to Yahoo", env="HOLDLINE_RATE_LIMIT", low=1, high=10_000
    )
    deadline_seconds: float = _setting(
        12.0, "longest wait for one upstream call", env="HOLDLINE_DEADLINE", low=0.5, high=300
    )
    threads: int = _setting(8, "request threads", env="HOLDLINE_THREADS", low=1, high=256)
    workers: int = _setting(
        1,
        "processes under gunicorn, which then share one cache, feed and simulated day",
        env="HOLDLINE_WORKERS",
        low=1,
        high=256,
    )
    cache_megabytes: int = _setting(
        512, "size limit of the disk cache", env="HOLDLINE_CACHE_MB", low=1, high=1_000_000
    )
    log_format: LogFormat = _setting(
        "text", "log lines: text (warnings), or json (every request too)", env="HOLDLINE_LOG_FORMAT"
    )
    cache_url: str = _setting(
        "",
        "Redis that machines share the cache by, as redis://HOST:6379/0; empty for the disk",
        env="CACHE_URL",
        secret=True,
    )
    broker_url: str = _setting(
        "",
        "queue of long jobs for Celery workers, as redis://HOST:6379/1; empty: done in place",
        env="CELERY_BROKER_URL",
        secret=True,
    )
    redeliver_seconds: float = _setting(
        120.0,
        "after which a silent worker's job is given to another",
        env="HOLDLINE_REDELIVER_SECONDS",
        low=1,
        high=86_400,
    )
    collect: str = _setting(
        "",
        "symbols, as SPY,QQQ, whose option chains the workers keep after each close",
        env="HOLDLINE_COLLECT",
    )
    database_url: str = _setting(
        "",
        "store for what cannot be fetched again; empty for the home folder",
        env="DATABASE_URL",
        secret=True,
    )
    scrape_token: str = _setting(
        "",
        "who shows it, as Authorization: Bearer, may read /metrics and the details of /readyz; "
        "staff and this machine may without",
        env="HOLDLINE_SCRAPE_TOKEN",
        secret=True,
    )
    accounts: AccountsMode = _setting(
        "auto",
        "on: people sign in; off: one owner, everything open to look at; auto: off when "
        "Holdline listens on this machine only",
        env="HOLDLINE_ACCOUNTS",
    )
    allowed_hosts: str = _setting(
        "",
        "further names, as a.example,b.example, under which browsers may reach Holdline; "
        "localhost, addresses and the name in HOLDLINE_PUBLIC_URL may always",
        env="HOLDLINE_ALLOWED_HOSTS",
    )
    trial_days: int = _setting(
        14, "days that a trial of PRO lasts; 0: there is none", env="HOLDLINE_TRIAL_DAYS", high=365
    )
    openid_issuer: str = _setting(
        "",
        "OpenID Connect provider that people sign in with, by its issuer's address",
        env="HOLDLINE_OPENID_ISSUER",
    )
    openid_name: str = _setting(
        "",
        "what the button to sign in with it says; empty: the issuer's host",
        env="HOLDLINE_OPENID_NAME",
    )
    openid_client_id: str = _setting(
        "", "this site's client id at the provider", env="HOLDLINE_OPENID_CLIENT_ID"
    )
    openid_client_secret: str = _setting(
        "", "and its secret there", env="HOLDLINE_OPENID_CLIENT_SECRET", secret=True
    )
    stripe_key: str = _setting(
        "",
        "secret key of the Stripe account that PRO is paid to; empty: nothing is sold here",
        env="HOLDLINE_STRIPE_KEY",
        secret=True,
    )
    stripe_webhook_secret: str = _setting(
        "",
        "signing secret of the webhook endpoint HOLDLINE_PUBLIC_URL/stripe/webhook",
        env="HOLDLINE_STRIPE_WEBHOOK_SECRET",
        secret=True,
    )
    stripe_price: str = _setting("", "id of PRO's price, as price_...", env="HOLDLINE_STRIPE_PRICE")
    smtp_url: str = _setting(
        "",
        "mail server for alerts: smtp[s]://user:password@host:port",
        env="HOLDLINE_SMTP_URL",
        secret=True,
    )
    mail_from: str = _setting("", "address that alerts are mailed from", env="HOLDLINE_MAIL_FROM")
    webhook_secret: str = _setting(
        "",
        "signs webhooks; empty: a key made from the home folder's secret key",
        env="HOLDLINE_WEBHOOK_SECRET",
        secret=True,
    )
    webhook_private: bool = _setting(
        False,
        "1: webhooks may go to private and loopback addresses",
        env="HOLDLINE_WEBHOOK_PRIVATE",
    )

    channel_hosts: str = _setting(
        "",
        "machines with ntfy, comma-separated, that alerts may be sent to beside ntfy.sh",
        env="HOLDLINE_CHANNEL_HOSTS",
    )

    push_key: str = _setting(
        "",
        "private P-256 key that signs Web Push; empty: one is made in the home folder",
        env="HOLDLINE_PUSH_KEY",
        secret=True,
    )
    push_hosts: str = _setting(
        "",
        "push services, comma-separated, beside those of the known browsers",
        env="HOLDLINE_PUSH_HOSTS",
    )

    def __post_init__(self) -> None:
        if registry.reads_folder(self.source):
            if self.data is None:
                raise BadInput(f"--source {self.source} needs a folder: --data DIR.")
            if not self.data.is_dir():
                raise BadInput(f"There is no folder {self.data}.")
        if not (_CLOCK.fullmatch(self.demo_time) and "04:00" <= self.demo_time <= "16:00"):
            raise BadInput(
                f"--demo-time is {self.demo_time[:40]!r}: a time from 04:00 to 16:00 is accepted."
            )
        self.providers_asked()
        registry.parse_hosts(self.hosts)
        _require_long("HOLDLINE_SCRAPE_TOKEN", self.scrape_token)
        if self.public_url and not _WEB_ADDRESS.fullmatch(self.public_url):
            raise BadInput(
                f"HOLDLINE_PUBLIC_URL is {self.public_url[:80]!r}: "
                "an address such as https://desk.example is accepted."
            )

        if self.stripe_key and not (self.stripe_webhook_secret and self.stripe_price):
            raise BadInput(
                "HOLDLINE_STRIPE_KEY needs HOLDLINE_STRIPE_WEBHOOK_SECRET and "
                "HOLDLINE_STRIPE_PRICE beside it."
            )
        if self.openid_issuer:
            _require_openid(self.openid_issuer, self.openid_client_id)

    def providers_asked(self) -> dict[str, tuple[str, ...]]:
        """Data set -> the providers named for it, in the order in which they are asked.

        Raises:
            BadInput: one is unknown, or has no such data.
        """
        named = {
            "quarters": self.quarters,
            "chains": self.chains,
            "rates": self.rates,
            "agenda": self.calendars,
        }
        return {name: registry.parse_providers(name, text) for name, text in named.items()}

    @property
    def chat_hosts(self) -> tuple[str, ...]:
        """Those of ``channel_hosts``."""
        return _names(self.channel_hosts)

    @property
    def push_services(self) -> tuple[str, ...]:
        """Those of ``push_hosts``."""
        return _names(self.push_hosts)

    @property
    def has_accounts(self) -> bool:
        """Whether people sign in; else there is one owner."""
        return self.accounts == "on" or (self.accounts == "auto" and not is_loopback(self.host))

    @property
    def lists_folder(self) -> Path:
        """Where ``python -m analytics lists refresh`` writes."""
        return self.home / "lists"

    @property
    def base_url(self) -> str:
        """What stands before a page's path in links that leave the app, without a slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @staticmethod
    def describe() -> tuple[tuple[str, str, str, str], ...]:
        """(option, environment variable, default, meaning) a row: the README's table."""
        rows = []
        for spec in fields(Settings):
            default = "" if spec.default in (MISSING, None) else str(spec.default)
            if isinstance(spec.default, bool):
                default = str(int(spec.default))
            if spec.name == "home":
                default = "the user's data folder"
            meta = spec.metadata
            rows.append((meta["option"], meta["env"], default, meta["about"]))
        return tuple(rows)


def _require_long(variable: str, token: str) -> None:
    if 0 < len(token) < MIN_TOKEN_CHARACTERS:
        raise BadInput(
            f"{variable} needs at least {MIN_TOKEN_CHARACTERS} characters: "
            "a short one can be guessed."
        )


def _require_openid(issuer: str, client_id: str) -> None:
    here = is_loopback(urlsplit(issuer).hostname or "")
    if not _WEB_ADDRESS.fullmatch(issuer) or not (here or issuer.startswith("https://")):
        raise BadInput(
            f"HOLDLINE_OPENID_ISSUER is {issuer[:80]!r}: "
            "an address such as https://accounts.example is accepted."
        )
    if not client_id:
        raise BadInput("HOLDLINE_OPENID_ISSUER needs HOLDLINE_OPENID_CLIENT_ID.")


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in listed.split(",") if name.strip())
