"""`stationwatch replay`: what operators ask of replay sessions, from a terminal.

Ingest plays them; what is asked goes to it by message, and what it answers is printed.
"""
