"""Notification: tells people who are not looking at the console.

journal -> schedule.take -> outbox -> schedule.lot -> text.compose -> deliver -> receiver

`notifier.py` composes it. What may be sent when is decided in `schedule.py`, pure; what is owed is
in `outbox.py`, on disk before the journal's line counts as read; only `deliver.py` speaks to
receivers. A message only shows: nothing in it acknowledges anything.
"""
