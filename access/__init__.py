"""Who may do what, and who did: users and their roles, sessions, signed commands, the audit.

Used by every program that is asked for something: the console signs people in and seals what they
ask, ingest, training and the simulators open the seal and authorise again. Without a folder of
users (`STATIONWATCH_ACCESS`) everything is open, and only loopback is listened on.
"""
