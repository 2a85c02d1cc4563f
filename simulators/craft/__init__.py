"""The truth: station and ship put together from physics, stepped in time, named by parameter."""
