"""Identity of levels, their printed names, and the registry of families."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import msgspec
import pytest

from analytics.model import levels
from analytics.model.levels import LevelFamily, LevelGroup, LevelId, dma

PRINTED = {
    LevelId("dma", "20"): "20-DMA",
    LevelId("dma", "200"): "200-DMA",
    LevelId("swing-low"): "swing low",
    LevelId("year-low"): "52-week low",
    LevelId("call-wall"): "call wall",
    LevelId("max-pain", "next monthly"): "max pain (next monthly)",
    LevelId("expected-move-low", "this week"): "expected-move low (this week)",
}


class TestIdentity:
    @pytest.mark.parametrize(("level", "name"), PRINTED.items())
    def test_printed_names_stand_as_they_were_stored(self, level: LevelId, name: str) -> None:
        assert level.name == name
        assert LevelId.of_name(name) == level

    def test_every_listed_level_is_read_back_from_its_name(self) -> None:
        listed = [level for family in levels.families() for level in family.levels]
        assert len(listed) >= 12
        assert [LevelId.of_name(level.name) for level in listed] == listed

    def test_an_average_of_no_ladder_is_read_back_too(self) -> None:
        assert LevelId.of_name("60-DMA") == LevelId("dma", "60")

    def test_a_name_of_no_family_keeps_its_text(self) -> None:
        gone = LevelId.of_name("pivot S1")
        assert gone.name == "pivot S1"
        assert not gone.is_headline
        assert not gone.declared.alertable

    def test_it_can_be_hashed_and_not_changed(self) -> None:
        assert {dma(50): 1}[LevelId("dma", "50")] == 1
        with pytest.raises(dataclasses.FrozenInstanceError):
            dma(50).parameter = "60"  # type: ignore[misc]

    def test_averages_are_ordered_by_their_length(self) -> None:
        mixed = [dma(100), LevelId("swing-low"), dma(20), dma(200), dma(50)]
        assert sorted(mixed) == [dma(20), dma(50), dma(100), dma(200), LevelId("swing-low")]

    def test_it_is_written_as_two_fields(self) -> None:
        written = msgspec.json.encode(dma(50))
        assert written == b'{"family":"dma","parameter":"50"}'
        assert msgspec.json.decode(written, type=LevelId) == dma(50)

    def test_an_unknown_family_is_an_error_and_no_guess(self) -> None:
        with pytest.raises(LookupError, match="pivot"):
            _ = LevelId("pivot").name


class TestFlags:
    def test_the_headline_is_the_50_100_and_200_dma(self) -> None:
        listed = [level for family in levels.families() for level in family.levels]
        assert [level.name for level in listed if level.is_headline] == [
            "50-DMA",
            "100-DMA",
            "200-DMA",
        ]

    def test_the_averages_alone_follow_the_price(self) -> None:
        names = ["20-DMA", "50-DMA", "100-DMA", "200-DMA"]
        assert [level.name for level in levels.live_levels()] == names

    def test_what_a_chain_gives_is_no_level_of_an_alert(self) -> None:
        assert not any(one.alertable for one in levels.families(LevelGroup.OPTIONS))


@pytest.fixture
def pivot() -> Iterator[LevelFamily]:
    family = levels.register(
        LevelFamily(
            "pivot", LevelGroup.PRICE_STRUCTURE, "pivot {parameter}", parameters=("S1", "S2")
        )
    )
    yield family
    levels.unregister("pivot")


class TestRegistry:
    def test_a_registered_family_is_listed_and_named(self, pivot: LevelFamily) -> None:
        assert levels.families()[-1] is pivot
        assert [level.name for level in pivot.levels] == ["pivot S1", "pivot S2"]
        assert LevelId.of_name("pivot S2") == LevelId("pivot", "S2")

    @pytest.mark.usefixtures("pivot")
    @pytest.mark.parametrize(
        ("key", "template", "parameters"),
        [
            ("pivot", "other", ("",)),
            ("unlisted", "other", ("",)),
            ("again", "pivot S1", ("",)),
            ("again", "{parameter}-DMA", ("50",)),
            ("again", "same", ("a", "b")),
        ],
    )
    def test_two_levels_of_one_name_are_refused(
        self, key: str, template: str, parameters: tuple[str, ...]
    ) -> None:
        with pytest.raises(ValueError, match=r"registered already|printed as"):
            levels.register(
                LevelFamily(key, LevelGroup.PRICE_STRUCTURE, template, parameters=parameters)
            )
        assert [family.key for family in levels.families()][-1] == "pivot"
