"""What Holdline computes. Knows nothing of Dash or Plotly."""
