from __future__ import annotations

from analytics.studies.hold.events import draw_null, read_history
from analytics.studies.hold.study import STUDY_PATHS
from analytics.studies.scan.events import PATHS
from tests.support.builders import make_bars, walk


def test_a_scans_paths_are_the_first_of_the_studys() -> None:
    """Whatever else the study draws beside its level: what differs is their number alone."""
    history = read_history(make_bars(walk(900)), None)
    scans = draw_null(history, (50,), PATHS)[:, 0]
    studys = draw_null(history, (50, 37, 61), STUDY_PATHS)[:, 0]
    assert (scans == studys[:PATHS]).all()
    assert scans.sum() > 0
