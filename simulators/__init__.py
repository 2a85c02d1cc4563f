"""Publishers of telemetry: simulated spacecraft, and recordings played from files."""
