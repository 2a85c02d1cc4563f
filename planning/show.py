"""What the plan is, and what was answered, as an operator reads it in a terminal."""

import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from telemetry.activity import Activity
from telemetry.clock import utc
from telemetry.plan import ConfigurationCheck, Plan, PlanChange

#: As wide as a table is made where there is no terminal.
_WIDTH: Final = 120


def told(change: PlanChange) -> str:
    """An answer in one line."""
    if change.refused or change.plan is None:
        # the items are shown below it
        return (
            f"refused: {'the configuration check says no-go' if change.check else change.refused}"
        )
    plan, asked = change.plan, ""
    if plan.extension_ns:
        asked = f", extension to {time_text(plan.extension_ns)} asked for by {plan.extension_by}"
    again = ", as it was" if change.repeated else ""
    return f"{plan.state}, version {plan.version}, {window_text(plan.activity)}{asked}{again}"


def check_table(check: ConfigurationCheck) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("item", "", "reason"):
        table.add_column(column)
    for item in check.items:
        table.add_row(item.name, "go" if item.go else "NO-GO", item.reason)
    table.add_row("all of it", "GO" if check.go else "NO-GO", f"at {time_text(check.time_ns)}")
    return table


def print_plans(plans: Sequence[Plan], spacecraft: str | None) -> None:
    table = Table(box=None, pad_edge=False)
    for column in (
        "activity",
        "state",
        "window",
        "may fire",
        "proposed by",
        "approved by",
        "check",
    ):
        table.add_column(column)
    for plan in plans:
        activity = plan.activity
        if spacecraft in (None, activity.spacecraft):
            extension = f"\nto {time_text(plan.extension_ns)}?" if plan.extension_ns else ""
            table.add_row(
                f"{activity.spacecraft}/{activity.id}",
                plan.state,
                f"{window_text(activity)}{extension}",
                ", ".join(activity.may_fire) or "-",
                plan.proposed_by,
                plan.approved_by or "-",
                "-" if plan.check is None else "go" if plan.check.go else "NO-GO",
            )
    if table.row_count:
        print_table(table)
    else:
        sys.stdout.write("nothing is planned\n")


def print_table(table: Table) -> None:
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=_WIDTH)
    console.print(table)


def window_text(activity: Activity) -> str:
    return f"{time_text(activity.start_ns)} to {time_text(activity.end_ns)}"


def time_text(time_ns: int) -> str:
    return f"{utc(time_ns)[:19]}Z"
