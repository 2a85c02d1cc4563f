"""Frames over MQTT: live simulations, played recordings, what is asked of them. I/O."""
