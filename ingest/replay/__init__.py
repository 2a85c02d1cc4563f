"""Replay: sessions beside ingest, each a process with a processor and a topic root of its own."""
