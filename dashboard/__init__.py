"""The console: what is received now, what is wrong, and what was recorded.

It never judges a value: alarms come from ingest, and what an operator does goes back as a message.

feed -> view (state) and hub (browsers) -> sockets -> assets/*.js     live
commands -> MQTT                                                      what the operator asks for
history -> store -> figures                                           what was recorded
"""
