"""Sentiment and breadth tab."""
