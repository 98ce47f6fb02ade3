"""Weekly preview tab."""
