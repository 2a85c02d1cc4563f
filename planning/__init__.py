"""The plan from a terminal: `stationwatch plan` and `stationwatch contacts`.

Ingest alone decides: each command goes to it by message, and what it answers is printed.
"""
