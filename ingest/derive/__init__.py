"""What is computed from telemetry and judged like any other."""
