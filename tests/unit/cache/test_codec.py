"""The codec: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from analytics.cache.codec import Codec, CodecError, fingerprint, seal, unseal
from analytics.model.vocabulary import Bars, Freshness, OptionChain, Quarter

UTC = dt.UTC


@dataclass(frozen=True)
class Row:
    symbol: str
    distance_pct: float
    drop_on: dt.date | None = None


@dataclass(frozen=True)
class Study:
    rows: tuple[Row, ...]
    by_symbol: Mapping[str, Row]
    made_at: dt.datetime
    badge: Freshness
    nearest: Row | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    values: NDArray[Any]
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Basket:
    members: Mapping[str, Bars]
    noted_pct: float


@dataclass(frozen=True)
class Untyped:
    anything: Any


CODEC = Codec(
    {
        "bars": Bars,
        "chain": OptionChain,
        "quarters": tuple[Quarter, ...],
        "study": Study,
        "panel": Panel,
        "basket": Basket,
    }
)


def bars(n: int = 4, symbol: str = "SPY") -> Bars:
    closes = np.linspace(500.0, 600.0, n)
    volume = np.full(n, 1e6)
    volume[:1] = np.nan
    return Bars(
        symbol=symbol,
        sessions=np.datetime64("2024-01-02", "D") + np.arange(n),
        open=np.full(n, np.nan),
        high=closes + 1,
        low=closes - 1,
        close=closes,
        adj_close=None,
        volume=volume,
        splits=np.ones(n),
        last_time=dt.datetime(2024, 1, 5, 21, tzinfo=UTC),
        name="S&P 500 – trust",
    )


def chain() -> OptionChain:
    two = np.array([1.5, np.nan])
    return OptionChain(
        symbol="NVDA",
        time=dt.datetime(2025, 1, 6, 21, tzinfo=UTC),
        session=dt.date(2025, 1, 6),
        underlying_price=float("nan"),
        expiry=np.array(["2025-01-10", "2025-01-17"], "datetime64[D]"),
        is_call=np.array([True, False]),
        strike=two,
        bid=two,
        ask=two,
        last=two,
        change=two,
        volume=two,
        open_interest=two,
        iv=two,
        delta=two,
        gamma=two,
        last_trade=np.array(["2025-01-06T20:59:59", "NaT"], "datetime64[s]"),
        vendor="Cboe",
    )


def same(left: Any, right: Any) -> bool:
    """Equality of every field, type and dtype, where NaN equals NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray):
        # Compared as bytes: NaN, NaT and -0.0 must all be the ones that were stored.
        return (left.dtype, left.shape, left.tobytes()) == (
            right.dtype,
            right.shape,
            right.tobytes(),
        )
    if is_dataclass(left):
        return all(same(getattr(left, f.name), getattr(right, f.name)) for f in fields(left))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right or (left != left and right != right))


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
stored_arrays = hnp.arrays(
    dtype=st.one_of(
        hnp.floating_dtypes(sizes=(32, 64)),
        hnp.integer_dtypes(),
        hnp.boolean_dtypes(),
        hnp.datetime64_dtypes(),
        hnp.unicode_string_dtypes(max_len=4),
    ),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


class TestRoundTrip:
    @pytest.mark.parametrize("value", [bars(), bars(0), bars(1), chain()])
    def test_arrays_keep_dtype_nan_and_nat(self, value: object) -> None:
        assert same(CODEC.decode(CODEC.encode(value)), value)

    def test_quarters_stay_a_tuple_of_quarters(self) -> None:
        quarters = (
            Quarter(dt.date(2024, 10, 27), 35082.0, 26156.0, "Q3 FY25", dt.date(2024, 11, 20)),
            Quarter(dt.date(2024, 7, 28), 30040.0, None),
        )
        assert CODEC.decode(CODEC.encode(quarters)) == quarters
        assert CODEC.decode(CODEC.encode(())) == ()

    def test_results_keep_dates_enums_offsets_and_nan(self) -> None:
        row = Row("XLK", float("nan"), dt.date(2025, 1, 27))
        new_york = dt.timezone(dt.timedelta(hours=-5))
        study = Study(
            (row,), {"XLK": row}, dt.datetime(2025, 1, 27, 16, tzinfo=new_york), Freshness.STALE
        )
        back = CODEC.decode(CODEC.encode(study))
        assert same(back, study)
        assert back.made_at.isoformat() == "2025-01-27T16:00:00-05:00"

    def test_dataclasses_with_arrays_may_be_nested(self) -> None:
        basket = Basket({"A": bars(3, "A"), "B": bars(2, "B")}, float("nan"))
        assert same(CODEC.decode(CODEC.encode(basket)), basket)

    def test_numpy_scalars_become_numbers(self) -> None:
        back = CODEC.decode(
            CODEC.encode(
                Study(
                    (Row("A", np.float64(1.5)),),
                    {},
                    dt.datetime(2025, 1, 1, tzinfo=UTC),
                    Freshness.LIVE,
                )
            )
        )
        assert type(back.rows[0].distance_pct) is float
        assert back.rows[0].distance_pct == 1.5

    def test_strided_arrays_are_stored_as_they_look(self) -> None:
        values = np.arange(12.0).reshape(3, 4)[:, ::2].T
        assert np.array_equal(CODEC.decode(CODEC.encode(Panel(values))).values, values)

    def test_decoded_arrays_cannot_be_changed_and_are_aligned(self) -> None:
        close = CODEC.decode(CODEC.encode(bars(5))).close
        assert close.flags.aligned
        with pytest.raises(ValueError, match="read-only"):
            close[0] = 1.0

    @given(plain_values)
    def test_any_plain_value(self, value: object) -> None:
        assert same(CODEC.decode(CODEC.encode(value)), value)

    @given(stored_arrays, st.lists(st.text(), max_size=3).map(tuple))
    def test_any_array(self, values: NDArray[Any], symbols: tuple[str, ...]) -> None:
        panel = Panel(values, symbols)
        assert same(CODEC.decode(CODEC.encode(panel)), panel)


class TestRefusedToWrite:
    @pytest.mark.parametrize(
        "value",
        [
            Panel(np.array([{}], dtype=object)),
            Panel(np.array([1j])),
            Panel(np.zeros(2, dtype=[("a", "f8")])),
            Row("A", 1.0),
            (1, 2),
            {1: "a"},
            {"when": dt.date(2025, 1, 1)},
            {1, 2},
            2**70,
            np.ones(2),
            object(),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_could_not_come_back_the_same(self, value: object) -> None:
        with pytest.raises(CodecError):
            CODEC.encode(value)

    def test_untyped_field_is_noticed_when_the_codec_is_made(self) -> None:
        with pytest.raises(TypeError, match="not typed"):
            Codec({"untyped": Untyped})


class TestRefusedToRead:
    def test_every_truncation(self) -> None:
        data = CODEC.encode(bars(2))
        for length in range(len(data)):
            with pytest.raises(CodecError):
                CODEC.decode(data[:length])

    def test_every_flipped_byte(self) -> None:
        data = CODEC.encode(bars(2))
        for position in range(len(data)):
            changed = bytearray(data)
            changed[position] ^= 0x10
            with pytest.raises(CodecError):
                CODEC.decode(bytes(changed))

    def test_bytes_added(self) -> None:
        with pytest.raises(CodecError):
            CODEC.decode(CODEC.encode(bars(2)) + b"\0")

    @given(st.binary(max_size=200))
    def test_well_sealed_nonsense(self, body: bytes) -> None:
        with pytest.raises(CodecError):
            CODEC.decode(seal(body))

    def test_a_pickle(self) -> None:
        with pytest.raises(CodecError):
            CODEC.decode(pickle.dumps({"a": 1}))

    def test_another_format(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = CODEC.encode("old")
        monkeypatch.setattr("analytics.cache.codec.FORMAT", 99)
        with pytest.raises(CodecError, match="format"):
            CODEC.decode(data)

    def test_a_type_this_codec_does_not_know(self) -> None:
        with pytest.raises(CodecError, match="panel"):
            Codec({"bars": Bars}).decode(CODEC.encode(Panel(np.ones(2))))

    def test_a_type_whose_fields_changed_since(self) -> None:
        older = Codec({"bars": Panel}).encode(Panel(np.ones(2)))
        with pytest.raises(CodecError, match="fields"):
            CODEC.decode(older)

    def test_a_forged_object_array(self) -> None:
        head = msgspec.msgpack.encode(
            ["panel", fingerprint(Panel), [["|O", [1], 8]], msgspec.msgpack.encode({"values": 0})]
        )
        body = len(head).to_bytes(4, "big") + bytes(4) + head
        body += bytes(-len(head) % 8) + b"\x01" * 8
        with pytest.raises(CodecError, match="object"):
            CODEC.decode(seal(body))


class TestSeal:
    @given(st.binary(max_size=64))
    def test_opens_to_what_was_sealed(self, body: bytes) -> None:
        assert bytes(unseal(seal(body))) == body


class TestFingerprint:
    def test_follows_the_members_of_a_container(self) -> None:
        assert fingerprint(tuple[Quarter, ...]) != fingerprint(tuple[Row, ...])
        assert fingerprint(Study) == fingerprint(Study)
