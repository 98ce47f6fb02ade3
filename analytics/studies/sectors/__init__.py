"""Sectors and groups: drawdowns, rotation, what stays afloat, who drives the move."""
