"""The paired score of a mission database: what it cries for nothing, and what it must not miss.

Flights of the simulation, judged by the very processor ingest runs. One half counts annunciations
in flights in which nothing goes wrong, the other flies every fault of `must.toml` and asks whether
the alarms named there were heard in time. Both use the same mission database: looser limits fail
the second half, tighter ones the first.

    judge.py   telemetry into the processor, as a broker would bring it
    fault.py   the rows of the must-detect table, read from must.toml
    fly.py     one flight, and what was heard in it
    crew.py    many flights over many processes (I/O)
    report.py  flights into the two tables
    command.py `stationwatch score` (I/O)
"""
