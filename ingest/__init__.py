"""Ingest: receive, spool, process, store, publish. `ingest.service` composes it."""
