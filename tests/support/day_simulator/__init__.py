"""A recorded day of Yahoo, played through the real source, desk, pages, log and alerts.

``python -m tests.support.day_simulator`` plays every scripted fault against the clean day and
prints each moment at which a page, the day's log or an alert differed from the clean day's without
saying so.
"""
