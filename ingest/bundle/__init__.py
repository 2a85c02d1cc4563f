"""Incident bundles: one file with all there is of an incident, read with suspicion.

`form` says what is in one, `container` reads and writes the file itself, `check` looks at what
is in it, `source` plays it, `shelf` keeps those that are to be played.
"""
