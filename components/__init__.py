"""Pages, figures and documents. Knows Dash and Plotly, of analytics the desk and its results."""
