"""Back-test: what limits would have said of recorded telemetry, today's beside edited ones.

`run` judges a range of a store by one or more mission databases in one pass; `compare` makes
figures of what they said; `page` shows it with traces, as one file; `changes` makes an edit, with
that page, a proposal to be approved. Nobody acknowledges anything in a back-test, and nothing it
says reaches live alarms.
"""
