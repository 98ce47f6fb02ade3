"""A plain Dash app: one graph a chart, figures in the layout, waitress before it."""

from __future__ import annotations

import sys

import plotly.graph_objects as go
import waitress
from dash import Dash, dcc, html

from benchmarks.peers.figures import PAGE, figures


def main(port: int, page: str = PAGE) -> None:
    app = Dash(__name__)
    app.layout = html.Div([dcc.Graph(figure=go.Figure(figure)) for figure in figures(page)])
    waitress.serve(app.server, port=port, threads=8, _quiet=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
