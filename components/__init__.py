"""What a person sees. Knows Dash and Plotly, and of analytics only the desk and its results."""
