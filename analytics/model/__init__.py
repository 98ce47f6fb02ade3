"""What every layer speaks: bars, chains, questions, levels, calendars, dated lists, terms."""
