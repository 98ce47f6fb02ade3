"""Calendar tab."""
