"""Confluence of levels of different families: clusters, scored by families, not by lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analytics.model.levels import LevelId
from analytics.studies.supports.levels import Level

NEIGHBOUR_ATR = 0.25
WIDEST_ATR = 0.5


@dataclass(frozen=True)
class Cluster:
    """Levels of at least two groups that lie together; ``score`` counts the groups."""

    low: float
    high: float
    names: tuple[str, ...]
    score: int
    ids: tuple[LevelId, ...]


def find_clusters(levels: Sequence[Level], atr: float | None) -> tuple[Cluster, ...]:
    """Clusters of ``levels``, highest first (methods, "Confluence").

    Single linkage: a neighbour lies within 0.25 ATR14; a whole cluster is at most 0.5 ATR
    wide, so a chain of close levels is cut where it would grow wider.
    """
    if not atr:
        return ()
    groups: list[list[Level]] = []
    for level in sorted(levels, key=lambda item: (-item.price, item.name)):
        if (
            groups
            and groups[-1][-1].price - level.price <= NEIGHBOUR_ATR * atr
            and groups[-1][0].price - level.price <= WIDEST_ATR * atr
        ):
            groups[-1].append(level)
        else:
            groups.append([level])
    return tuple(
        Cluster(
            low=group[-1].price,
            high=group[0].price,
            names=tuple(level.name for level in group),
            score=len({level.family for level in group}),
            ids=tuple(level.id for level in group),
        )
        for group in groups
        if len({level.family for level in group}) > 1
    )


def mark_clusters(levels: Sequence[Level], clusters: Sequence[Cluster]) -> tuple[Level, ...]:
    """The levels, each with the index of the cluster it belongs to."""
    home = {identity: i for i, cluster in enumerate(clusters) for identity in cluster.ids}
    return tuple(replace(level, cluster=home.get(level.id)) for level in levels)
