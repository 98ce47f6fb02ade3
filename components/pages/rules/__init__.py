"""Rule lab tab."""
