"""Runs into files: samples as Parquet or CSV, and a page to look at. I/O."""
