"""Mappings: the built-in ones are whole, and a file's mistakes are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.imports.mapping import BUILT_IN, ORATS, mapping_of
from analytics.model.vocabulary import BadInput


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "vendor.toml"


class TestBuiltIn:
    @pytest.mark.parametrize("name", BUILT_IN)
    def test_each_can_be_had_by_its_name(self, name: str) -> None:
        assert mapping_of(name) is BUILT_IN[name]

    def test_only_one_holds_a_call_and_a_put_a_row(self) -> None:
        assert [name for name, m in BUILT_IN.items() if m.is_paired] == ["orats"]


class TestFile:
    def test_names_units_and_formats(self, toml: Path) -> None:
        toml.write_text(
            'name = "My vendor"\ndelimiter = ";"\ndecimal = ","\nstrike_divisor = 1000\n'
            'date_formats = ["%d/%m/%Y"]\n[columns]\nsymbol = "Name"\ndate = "Tag"\n'
            'expiry = "Verfall"\nstrike = ["Basis", "Strike"]\nside = "Art"\n'
        )
        mapping = mapping_of(str(toml))
        assert mapping.name == "My vendor"
        assert mapping.columns["strike"] == ("Basis", "Strike")
        assert (mapping.delimiter, mapping.decimal, mapping.strike_divisor) == (";", ",", 1000.0)
        assert mapping.date_formats == ("%d/%m/%Y",)

    def test_on_top_of_a_built_in_one(self, toml: Path) -> None:
        toml.write_text('like = "orats"\nminutes_before_close = 0\n[columns]\nstrike = "K"\n')
        mapping = mapping_of(str(toml))
        assert mapping.columns == {**ORATS.columns, "strike": ("K",)}
        assert mapping.calls == ORATS.calls
        assert mapping.minutes_before_close == 0

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[columns]\nstrike = 'K'\n", r"names no expiry, side"),
            ("[columns]\nprice = 'K'\n", r"'price' is unknown; accepted are symbol"),
            ("colour = 'red'\n", r"'colour' is unknown; accepted are name"),
            ("like = 'bloomberg'\n", r"built in are cboe-eod"),
            ("like = 'orats'\nstrike_divisor = 0\n", r"above zero"),
            ("like = 'orats'\nstrike_divisor = 'k'\n", r"not of the kind"),
            ("like = 'orats'\ndecimal = ';'\n", r"decimal is '.' or ','"),
            ("like = 'orats'\ndelimiter = ', '\n", r"one character"),
            ("like = 'orats'\nencoding = 'ebcdic'\n", r"encoding is one of"),
            ("like = 'orats'\nskip_lines = -1\n", r"not negative"),
            ("like = 'orats'\ncalls = 3\n", r"is a table"),
            ("like = 'orats'\n[columns]\nstrike = 3\n", r"a column's name"),
            ("name = ", r"is not TOML"),
        ],
    )
    def test_mistakes_are_said(self, toml: Path, text: str, said: str) -> None:
        toml.write_text(text)
        with pytest.raises(BadInput, match=said):
            mapping_of(str(toml))

    def test_an_unknown_name_lists_the_built_in_ones(self) -> None:
        with pytest.raises(BadInput, match=r"'bloomberg' is not a mapping: cboe-eod, orats"):
            mapping_of("bloomberg")

    def test_an_absent_file(self, toml: Path) -> None:
        with pytest.raises(BadInput, match="cannot be read: No such file"):
            mapping_of(str(toml))
