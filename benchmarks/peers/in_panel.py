"""A Panel page of Plotly panes."""

from __future__ import annotations

import sys

import panel as pn

from benchmarks.peers.figures import figures


def main(port: int) -> None:
    pn.extension("plotly")
    drawn = figures()
    pn.serve(
        lambda: pn.Column(*(pn.pane.Plotly(figure) for figure in drawn)),
        port=port,
        show=False,
        address="127.0.0.1",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
