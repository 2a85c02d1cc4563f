"""`stationwatch training`: sessions to practise on, each with simulators and an ingest of its own.

A room of its own beside the programs: it knows the simulators' scenarios and actions, and starts
the programs as they are. What it says and hears are messages (`telemetry.training`).
"""
