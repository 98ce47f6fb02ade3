"""Sectors and groups: drawdowns, rotation, what stays afloat, whose moves add up to the index's."""
