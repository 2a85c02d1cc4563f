"""The table of standing alarms: its columns. `assets/pages/alarms.js` gives it its rows."""

from typing import Any, Final

import dash_ag_grid as dag

from dashboard import theme

GRID: Final = "alarm-grid"

_CLASSES: Final = {
    f"severity-{theme.css_name(look.word)}": f"params.data.severity === {int(severity)}"
    for severity, look in theme.SEVERITY_LOOKS.items()
}
#: What is held back last, then what nobody has acknowledged, then severe, then new.
_ORDER: Final = {"last": "asc", "unacknowledged": "desc", "severity": "desc", "since": "desc"}

_TOOLTIP: Final = {"function": "alarmWords(params.data)"}


def _column(field: str, head: str, renderer: str, width: int, **more: Any) -> dict[str, Any]:
    return {
        "colId": field,
        "field": field,
        "headerName": head,
        "cellRenderer": renderer,
        "width": width,
        **more,
    }


_COLUMNS: Final = [
    _column("class", "Class, state", "ClassCell", 118, cellClassRules=_CLASSES),
    _column("spacecraft", "Craft", "CraftCell", 96),
    _column("name", "What", "WhatCell", 180, flex=3, minWidth=170, tooltipValueGetter=_TOOLTIP),
    _column("value", "Value, limit", "ValueCell", 120, flex=2, minWidth=112),
    _column("age", "Since", "SinceCell", 80, tooltipField="since_utc"),
    _column("annunciated", "Heard", "HeardCell", 78),
    _column("by", "Ack by", "AcknowledgeCell", 110, flex=1, minWidth=88),
    _column("shelved_until", "Silenced", "SilencedCell", 96, flex=1, minWidth=76),
]


def alarm_grid() -> dag.AgGrid:
    hidden = [
        {"field": field, "colId": f"by-{field}", "hide": True, "sort": way, "sortIndex": index}
        for index, (field, way) in enumerate(_ORDER.items())
    ]
    return dag.AgGrid(
        id=GRID,
        columnDefs=[*_COLUMNS, *hidden],
        rowData=[],
        getRowId="params.data.id",
        defaultColDef={"resizable": True, "sortable": False, "suppressMovable": True},
        dashGridOptions={
            "theme": {
                "function": "themeBalham.withParams({"
                "backgroundColor: 'var(--panel)', foregroundColor: 'var(--text)', "
                "browserColorScheme: 'inherit', fontSize: 12, rowHeight: 40, headerHeight: 26, "
                "cellHorizontalPadding: 6})"
            },
            "rowSelection": {
                "mode": "multiRow",
                "enableClickSelection": True,
                "checkboxes": True,
                "headerCheckbox": False,
            },
            "selectionColumnDef": {"width": 30, "resizable": False, "suppressMovable": True},
            "rowClassRules": {
                "unacknowledged": "params.data.unacknowledged && !params.data.last"
                " && !params.data.late",
                "held-back": "params.data.last",
            },
            "getRowHeight": {"function": "alarmRowHeight(params.data)"},
            "tooltipShowDelay": 300,
            "animateRows": False,
            # else a row is on the page for a frame or two before its cells are
            "suppressAnimationFrame": True,
            "suppressRowHoverHighlight": False,
            "localeText": {"noRowsToShow": " "},
        },
        className="alarm-grid",
        style={"height": None, "width": "100%"},
    )
