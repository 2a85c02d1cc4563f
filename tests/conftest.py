"""Settings every test runs under."""

from hypothesis import HealthCheck, settings

# Machines are shared and noisy: a slow example is no failure. Examples are the same in every run.
settings.register_profile(
    "stationwatch",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("stationwatch")
