"""Vocabulary of every layer: bars, chains, questions, levels, calendars, dated lists, terms."""
