"""Measurements of the product: one command, one table each."""
