"""Simulated option chains: a session's close, and the Monday as it runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analytics.model.sessions import session_close, session_open, sessions_between
from analytics.model.vocabulary import Floats, OptionChain
from analytics.sources.demo.contracts import Contracts, list_contracts
from analytics.sources.demo.crowds import CROWDS
from analytics.sources.demo.market import generator
from analytics.sources.demo.scenario import FRIDAY, MONDAY, THURSDAY, Instrument
from analytics.sources.demo.surface import Smile, black_scholes, implied_vol, years_to

VENDOR = "Simulator"
FRIDAY_VIX = 14.85
_THURSDAY_VIX = 15.02
INTEREST_ABOVE_VOLUME = 0.02
"""How much more of the open interest than of the volume is in calls."""
_JUNK_SHARE = 0.04
_STALE_SHARE = 0.12
_SHORT_DAYS = 30
_JUNK_IV = 1e-5


@dataclass(frozen=True, eq=False)
class _Plan:
    """One session of every contract, shape (n,).

    Attributes:
        volume: of the whole session.
        pace: exponent of the session's progress with which volume comes in.
        place: where in its spread it last trades, 0 (bid) to 1 (ask).
        junk: shown without a quote.
        age_seconds: how long its last trade lies back.
    """

    volume: Floats
    pace: Floats
    place: Floats
    junk: NDArray[np.bool_]
    age_seconds: Floats


@dataclass(frozen=True)
class DayClose:
    """What the options of one underlying are simulated from at a session's close.

    Attributes:
        seed: the word that the day's chance depends on.
        spot, vix: closes of ``day``; ``spot_before``, ``vix_before`` of the session before.
        smile: of the day, its next report included.
        call_share: of the day's volume up to 30 days; ``interest_share`` of the open interest.
        buying: share of trades at the offer, (calls, puts).
        busy: the day's volume relative to the usual one.
    """

    day: dt.date
    seed: str
    spot: float
    vix: float
    before: dt.date
    spot_before: float
    vix_before: float
    smile: Smile
    call_share: float
    interest_share: float
    buying: tuple[float, float]
    busy: float = 1.0


def friday_close(instrument: Instrument) -> DayClose:
    """The scenario's Friday."""
    crowd = CROWDS[instrument.symbol]
    return DayClose(
        day=FRIDAY,
        seed="friday",
        spot=instrument.friday,
        vix=FRIDAY_VIX,
        before=THURSDAY,
        spot_before=instrument.thursday or instrument.friday,
        vix_before=_THURSDAY_VIX,
        smile=crowd.smile,
        call_share=crowd.call_share,
        interest_share=crowd.call_share + INTEREST_ABOVE_VOLUME,
        buying=crowd.friday_buying,
    )


class ChainBook:
    """Chains of one underlying over one list of contracts: a session's close, and Monday's.

    Args:
        close: None: the scenario's Friday, which alone has the Monday after it.
    """

    def __init__(self, instrument: Instrument, close: DayClose | None = None) -> None:
        self._instrument = instrument
        self._crowd = CROWDS[instrument.symbol]
        self._day = close or friday_close(instrument)

    def at_close(self) -> OptionChain:
        """The chain at the close."""
        return self._close

    def monday(self, time: dt.datetime, spot: float, vix: float, progress: float) -> OptionChain:
        """The chain at a moment of the Monday.

        Args:
            time: UTC.
            spot: the underlying's price then.
            vix: the volatility index then.
            progress: share of the session that is over, 0 to 1.
        """
        book, chain, plan = self._contracts, self._close, self._plan
        value, iv, _ = self._values(spot, time, vix / FRIDAY_VIX)
        # Each contract trades through the day at its own pace; none ever loses volume.
        volume = np.floor(plan.volume * progress**plan.pace)
        traded = volume > 0
        bid, ask = self._quotes(value)
        last = _trade_price(bid, ask, plan.place)
        seconds = (time - session_open(MONDAY)).total_seconds()
        age = np.minimum(plan.age_seconds, 0.95 * seconds).astype("timedelta64[s]")
        stamp = np.datetime64(time.replace(tzinfo=None), "s")
        junk = plan.junk
        result = OptionChain(
            symbol=self._instrument.symbol,
            time=time,
            session=MONDAY,
            underlying_price=spot,
            expiry=book.expiry,
            is_call=book.is_call,
            strike=book.strike,
            bid=np.where(junk, 0.0, bid),
            ask=np.where(junk, 0.0, ask),
            last=np.where(traded, last, chain.last),
            change=np.where(traded, np.round(last - chain.last, 2), 0.0),
            volume=np.where(traded, volume, chain.volume),
            open_interest=self._open_interest_monday,
            iv=np.where(junk, _JUNK_IV, iv),
            delta=chain.delta,
            gamma=chain.gamma,
            last_trade=np.where(traded, stamp - age, chain.last_trade),
            vendor=VENDOR,
        )
        return _only(result, book.expiry >= np.datetime64(MONDAY, "D"))

    @cached_property
    def _plan(self) -> _Plan:
        """What the Monday will bring to each contract, whatever the time of asking."""
        rng = generator(self._instrument.symbol, "chain", "monday")
        spot = (self._instrument.friday + self._instrument.monday) / 2
        _, iv, _ = self._values(spot, session_open(MONDAY), 1.3)
        volume = self._traded(rng, spot, MONDAY, iv)
        return _Plan(
            volume=volume,
            pace=np.exp(0.4 * rng.standard_normal(len(volume))),
            place=self._places(rng, self._crowd.monday_buying),
            junk=self._junk(rng, volume),
            age_seconds=_ages(rng, volume),
        )

    @cached_property
    def _contracts(self) -> Contracts:
        return list_contracts(self._instrument, self._day.day, self._day.spot)

    @cached_property
    def _close(self) -> OptionChain:
        book, n = self._contracts, len(self._contracts.strike)
        day, time = self._day, session_close(self._day.day)
        rng = generator(self._instrument.symbol, "chain", day.seed)
        value, iv, _ = self._values(day.spot, time, day.vix / FRIDAY_VIX)
        volume = self._traded(rng, day.spot, day.day, iv)
        stale = (rng.random(n) < _STALE_SHARE) & (volume < 0.5 * volume.mean())
        volume = self._to_call_share(volume, stale | (volume == 0))
        stale |= volume == 0
        bid, ask = self._quotes(value)
        junk = self._junk(rng, volume)
        last = _trade_price(bid, ask, self._places(rng, day.buying))
        before = self._last_before(rng)
        age = np.minimum(_ages(rng, volume), 22000)
        stamp = np.datetime64(time.replace(tzinfo=None), "s") - age.astype("timedelta64[s]")
        older = _earlier_closes(day.day, rng.geometric(0.4, n))
        older -= (age / 4).astype("timedelta64[s]")
        carried = np.where(volume > 0, volume, rng.geometric(0.2, n))
        return OptionChain(
            symbol=self._instrument.symbol,
            time=time,
            session=day.day,
            underlying_price=day.spot,
            expiry=book.expiry,
            is_call=book.is_call,
            strike=book.strike,
            bid=np.where(junk, 0.0, bid),
            ask=np.where(junk, 0.0, ask),
            last=np.where(stale, before, last),
            change=np.where(stale, 0.0, np.round(last - before, 2)),
            volume=np.where(rng.random(n) < 0.02, np.where(stale, np.nan, carried), carried),
            open_interest=self._open_interest,
            iv=np.where(junk, _JUNK_IV, iv),
            delta=np.full(n, np.nan),
            gamma=np.full(n, np.nan),
            last_trade=np.where(stale, older, stamp),
            vendor=VENDOR,
        )

    def _values(
        self, spot: float, time: dt.datetime, vix_ratio: float
    ) -> tuple[Floats, Floats, Floats]:
        """Fair value, implied volatility and years to expiry of every contract."""
        book = self._contracts
        years = years_to(book.expiry, time)
        iv = implied_vol(self._day.smile, spot, book.strike, years, book.expiry, vix_ratio)
        dividend = self._instrument.dividend_yield
        return black_scholes(spot, book.strike, years, iv, dividend, book.is_call), iv, years

    def _quotes(self, value: Floats) -> tuple[Floats, Floats]:
        """Bid and ask around the fair value, on the exchange's ticks."""
        penny = self._instrument.symbol in ("SPY", "QQQ", "IWM")
        tick = np.where((value < 3.0) | penny, 0.01, 0.05)
        half = 0.006 + (0.006 if penny else 0.012) * value**0.8
        bid = np.floor((value - half) / tick + 1e-9) * tick
        ask = np.ceil((value + half) / tick - 1e-9) * tick
        return np.round(np.maximum(bid, 0.0), 2), np.round(ask, 2)

    def _places(self, rng: np.random.Generator, buying: tuple[float, float]) -> Floats:
        """Where in its spread each contract last trades (0 bid, 1 ask): the side that pressed."""
        n = len(self._contracts.strike)
        bought = rng.random(n) < np.where(self._contracts.is_call, *buying)
        depth = rng.beta(2.0, 1.2, n)
        return np.where(bought, 0.5 + 0.5 * depth, 0.5 - 0.5 * depth)

    def _last_before(self, rng: np.random.Generator) -> Floats:
        """Each contract's last price on the session before."""
        day = self._day
        ratio = day.vix_before / FRIDAY_VIX
        value, _, _ = self._values(day.spot_before, session_close(day.before), ratio)
        bid, ask = self._quotes(value)
        return _trade_price(bid, ask, self._places(rng, (0.5, 0.5)))

    def _traded(
        self, rng: np.random.Generator, spot: float, session: dt.date, iv: Floats
    ) -> Floats:
        """A full session's volume by contract: short-dated, near the money, at round strikes."""
        book, crowd = self._contracts, self._crowd
        days = np.maximum((book.expiry - np.datetime64(session, "D")).astype(float), 0.0)
        z = np.log(book.strike / spot) / (iv * np.sqrt(np.maximum(days, 1.0) / 365))
        outward = np.where(book.is_call, z, -z)
        near = np.exp(-np.where(outward > 0, 0.9 * outward, 2.2 * -outward))
        soon = 1.0 / (1.0 + days / 2.5) ** 1.35 * np.where(book.monthly, 2.5, 1.0)
        weight = near * soon * _roundness(book.strike) ** 0.5
        weight *= np.exp(0.9 * rng.standard_normal(len(weight)))
        busy = self._day.busy if session == self._day.day else 1.6
        share = np.where(book.is_call, self._day.call_share, 1 - self._day.call_share)
        side = np.where(book.is_call, weight[book.is_call].sum(), weight[~book.is_call].sum())
        wanted = crowd.contracts_m * 1e6 * busy * share * weight / side
        # What is wanted by few trades on some days only.
        idle = rng.random(len(wanted)) < np.exp(-wanted / 25)
        return np.where(idle, 0.0, np.round(wanted))

    def _to_call_share(self, volume: Floats, ignored: NDArray[np.bool_]) -> Floats:
        """Scale the calls so that today's expiry and the rest up to 30 days hit the share."""
        book, share = self._contracts, self._day.call_share
        days = (book.expiry - np.datetime64(self._day.day, "D")).astype(int)
        volume = volume.copy()
        for group in (days == 0, (days > 0) & (days <= _SHORT_DAYS)):
            calls, puts = group & book.is_call & ~ignored, group & ~book.is_call & ~ignored
            if not (calls.any() and puts.any()):
                continue  # nothing expires that day
            scale = volume[puts].sum() * share / (1 - share) / volume[calls].sum()
            volume[calls] = np.maximum(1.0, np.round(volume[calls] * scale))
        return volume

    def _junk(self, rng: np.random.Generator, volume: Floats) -> NDArray[np.bool_]:
        """Contracts shown without a quote, mostly those that hardly trade."""
        quiet = volume <= np.median(volume)
        return rng.random(len(volume)) < np.where(quiet, 1.8, 0.2) * _JUNK_SHARE

    @cached_property
    def _open_interest(self) -> Floats:
        """Piles at round strikes, calls above the price and puts below, most in the monthlies."""
        book, crowd, day = self._contracts, self._crowd, self._day
        days = (book.expiry - np.datetime64(day.day, "D")).astype(float)
        sigma = crowd.smile.atm * np.sqrt(np.maximum(days, 4.0) / 365)
        z = np.log(book.strike / day.spot) / sigma
        outward = np.where(book.is_call, z, -z)
        weight = np.exp(-0.5 * ((outward - 0.9) / 1.0) ** 2) * np.exp(np.minimum(outward, 0.0))
        weight += 0.01
        weight *= _roundness(book.strike) * np.where(book.monthly, 5.0, 1.0)
        weight *= 1.0 / (1.0 + days / 40) * np.exp(0.5 * self._liking())
        calls = crowd.contracts_m * 9e6 * day.interest_share
        puts = crowd.contracts_m * 9e6 - calls
        side = np.where(book.is_call, weight[book.is_call].sum(), weight[~book.is_call].sum())
        contracts: Floats = np.round(np.where(book.is_call, calls, puts) * weight / side)
        return contracts

    def _liking(self) -> Floats:
        """What makes a contract more or less held than others like it, shape (n,).

        The Friday's own; before it each contract keeps its own from day to day, or walls would
        wander.
        """
        symbol = self._instrument.symbol
        if self._day.day == FRIDAY:
            rng = generator(symbol, "chain", "interest")
            return rng.standard_normal(len(self._contracts.strike))
        return lasting_noise(symbol, self._contracts)

    @cached_property
    def _open_interest_monday(self) -> Floats:
        """Friday's interest with some of Friday's volume opened or closed since."""
        rng = generator(self._instrument.symbol, "chain", "opened")
        opened = rng.uniform(-0.2, 0.5, len(self._open_interest))
        traded = np.nan_to_num(self._close.volume)
        return np.maximum(0.0, np.round(self._open_interest + opened * traded))


def _trade_price(bid: Floats, ask: Floats, place: Floats) -> Floats:
    return np.maximum(np.round(bid + place * (ask - bid), 2), 0.01)


def _ages(rng: np.random.Generator, volume: Floats) -> Floats:
    """Seconds since the last trade: the busier the contract, the fewer."""
    return rng.exponential(60 + 2.0e5 / (1.0 + volume))


def lasting_noise(symbol: str, book: Contracts) -> Floats:
    """Unit-variance noise of each contract, shape (n,), the same whenever the contract is listed.

    A hash of its expiry, strike and side (the mixing step of SplitMix64) as a uniform number,
    two of which make a normal one (Box-Muller).
    """
    key = book.expiry.astype("datetime64[D]").astype(np.uint64) << np.uint64(40)
    key |= np.rint(book.strike * 1000).astype(np.uint64) << np.uint64(1)
    key |= book.is_call.astype(np.uint64)
    salts = generator(symbol, "chain", "liking").integers(1, 2**63, 2, dtype=np.uint64)
    first, second = (_uniform(key, salt) for salt in salts)
    noise: Floats = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
    return noise


def _uniform(key: NDArray[np.uint64], salt: np.uint64) -> Floats:
    x = key ^ salt
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _earlier_closes(day: dt.date, sessions_before: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """UTC closing times, so many sessions before the day (at most some two months)."""
    known = sessions_between(day - dt.timedelta(days=60), day - dt.timedelta(days=1))
    closes = [session_close(day).replace(tzinfo=None) for day in known.astype(dt.date)]
    back = np.minimum(sessions_before, len(closes))
    times: NDArray[np.datetime64] = np.array(closes, dtype="datetime64[s]")
    ends: NDArray[np.datetime64] = times[len(closes) - back]
    return ends


def _roundness(strike: Floats) -> Floats:
    """How much a strike attracts: most at 50s, then 25s, 10s and 5s."""
    result = np.ones_like(strike)
    for step, weight in ((5, 1.8), (10, 3.0), (25, 3.3), (50, 4.5), (100, 5.5)):
        result = np.where(np.isclose(strike % step, 0.0), weight, result)
    return result


def _only(chain: OptionChain, rows: NDArray[np.bool_]) -> OptionChain:
    fields = (
        "expiry is_call strike bid ask last change volume open_interest iv delta gamma last_trade"
    )
    return replace(chain, **{name: getattr(chain, name)[rows] for name in fields.split()})
