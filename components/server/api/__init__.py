"""The interface for programs: every question as JSON, its description, and a page to try it."""
