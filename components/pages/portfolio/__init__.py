"""Portfolio tab."""
