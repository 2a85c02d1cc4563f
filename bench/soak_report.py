"""What a soak found: judged, told, drawn. Pure."""

from typing import Any, Final

from bench.soak_plot import drawn
from bench.soak_trend import Trend, trend
from bench.soak_watch import Series

#: The pages that are open, by their addresses.
OPEN: Final = ("", "trends", "systems")
#: Of ingest's /metrics, judged as queues are: what a day may add whatever the level.
QUEUES: Final = {
    "spool_unread_processor": 2_000.0,
    "spool_unread_writer": 2_000.0,
    "oldest_unwritten_age": 60.0,
    "journal_unpublished": 100.0,
}
#: Counted, and not to be seen at all in a soak; gaps included.
COUNTS: Final = ("dead_total", "gaps_total", "late_dropped_total", "reconnects_total")
#: What is judged of each process, with what a day may add whatever the level.
JUDGED: Final = {"RSS, MB": 10.0, "USS, MB": 10.0, "handles": 10.0, "threads": 5.0}
PAGES: Final = {"JS heap, MB": 10.0, "DOM nodes": 1_000.0, "listeners": 500.0}
#: In the order of the data.
ORDER: Final = ("simulators", "broker", "ingest", "InfluxDB", "console", "browser", "pages")


def called(path: str) -> str:
    """What a page of OPEN is called."""
    return f"page {path or 'watch'}"


def trends(series: Series) -> dict[tuple[str, str], Trend]:
    """Of what is judged, in the order it is printed."""
    wanted = [(thing, measure, noise) for thing in ORDER for measure, noise in JUDGED.items()]
    wanted += [("ingest", name, noise) for name, noise in QUEUES.items()]
    wanted += [(called(path), name, noise) for path in OPEN for name, noise in PAGES.items()]
    return {
        (thing, measure): trend(*zip(*points, strict=True), noise=noise)
        for thing, measure, noise in wanted
        if (points := series.get((thing, measure)))
    }


def table(series: Series) -> str:
    lines = [
        "| what | measure | at 5 min | at the end | most | an hour | |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for (thing, measure), one in trends(series).items():
        lines.append(
            f"| {thing} | {measure} | {one.first:,.1f} | {one.last:,.1f} | {one.most:,.1f} "
            f"| {one.per_hour:+,.2f} | {one.verdict} |"
        )
    return "\n".join(lines)


def summary(series: Series) -> dict[str, Any]:
    """What is not judged by its slope: shares of a core, what should not have come, sizes."""

    def last(thing: str, measure: str) -> float:
        return series.get((thing, measure), [(0.0, 0.0)])[-1][1]

    return {
        "cpu_percent": {
            thing: round(sum(value for _, value in points) / len(points), 1)
            for (thing, measure), points in series.items()
            if measure == "CPU, %"
        },
        "counts": {name: last("ingest", name) for name in COUNTS},
        "disk_mb": {m: round(last(t, m), 1) for t, m in series if t == "disk"},
    }


def plot(series: Series) -> str:
    chosen = [(thing, "RSS, MB") for thing in (*ORDER, "replays")]
    chosen += [(thing, "handles") for thing in ("ingest", "console")]
    chosen += [("ingest", name) for name in ("spool_unread_writer", "oldest_unwritten_age")]
    chosen += [(called(path), "JS heap, MB") for path in OPEN]
    chosen += [("disk", "DuckDB, MB"), ("disk", "SQLite, MB")]
    return drawn({f"{t}: {m}": series[t, m] for t, m in chosen if (t, m) in series})
