"""A Streamlit page: ``streamlit run`` runs this file top to bottom for each viewer."""

from __future__ import annotations

import streamlit as st

from benchmarks.peers.figures import figures


@st.cache_data
def drawn() -> list[dict]:
    return figures()


st.set_page_config(layout="wide")
for number, figure in enumerate(drawn()):
    st.plotly_chart(figure, key=str(number), theme=None)
