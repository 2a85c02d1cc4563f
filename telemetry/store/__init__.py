"""Where telemetry and alarm events are kept: one Protocol, four stores, one contract suite."""
