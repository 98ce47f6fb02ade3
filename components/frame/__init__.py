"""The frame around every page: layout, state and URL, panels, widgets, number formats."""
