"""Yesterday's lean against today's move, on the Options page."""

from __future__ import annotations

from dash import html

from analytics.options.surprise import OptionsSurprise
from components.frame import formats, panels, widgets
from components.pages.options.state import OptionsState


def show_surprise(state: OptionsState, surprise: OptionsSurprise) -> panels.View:
    """What the lean was, what came, and how often such leans were wrong."""
    move = formats.pct(surprise.move_pct, 1)
    share = formats.share(surprise.share_pct, 0)
    leaned = f"{surprise.symbol}\u2019s options leaned {surprise.lean} ({share})"
    way = "against" if surprise.against else "with"
    title = f"{leaned} on {surprise.leaned_on:%A}; {move} since, {way} the lean"
    p = "" if surprise.p_value is None else f" {formats.p_words('p', surprise.p_value)}."
    return panels.View(
        title=title,
        summary=f"{title}. {surprise.text}",
        basis=f"{surprise.kept} sessions with a next one; traded closes",
        body=[
            html.P(surprise.text, className="lead"),
            *([widgets.history_help()] if surprise.rate_pct is None else []),
        ],
        note=(
            "Such leans lie at least as far on the same side of 50%. Chance: the same outcome over "
            f"the next sessions of all of them.{p} One symbol at a time; not a forecast."
        ),
    )
