"""From truth to frames: sensors and their faults, and the links the frames come down by."""
