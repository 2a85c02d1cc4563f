import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.limit_scale import scale, severity_at, span
from telemetry.limit import Band, Severity
from tests.dashboard.desk import text_of

BANDS = {
    Severity.CAUTION: Band(low=-1.5, high=1.5),
    Severity.WARNING: Band(low=-5.0, high=5.0),
}


@pytest.mark.parametrize(
    ("value", "severity"),
    [(0, 0), (1.5, 0), (1.6, 2), (-1.6, 2), (5.1, 3), (-9, 3)],
)
def test_class_of_a_value_is_the_worst_it_breaks(value: float, severity: int) -> None:
    assert severity_at(BANDS, value) == severity


def test_scale_has_a_part_for_each_class_in_order() -> None:
    shown = text_of(scale("iss/X", BANDS))
    assert shown.count('"part severity-warning"') == 2
    assert shown.count('"part severity-caution"') == 2
    assert shown.count('"part severity-nominal"') == 1
    assert [text for text in ("-5", "-1.5", "1.5", "5") if f'"{text}"' in shown] == [
        "-5",
        "-1.5",
        "1.5",
        "5",
    ]


def test_without_a_limit_there_is_no_scale() -> None:
    assert scale("iss/X", {}) is None
    assert scale("iss/X", {Severity.CAUTION: Band()}) is None


#: As mission databases have them: no limit is told apart from another by less than a millionth.
_LIMITS = st.decimals(-(10**9), 10**9, places=6).map(float)


@given(_LIMITS, st.one_of(st.none(), _LIMITS))
def test_limits_lie_within_the_scale(one: float, other: float | None) -> None:
    low, high = (one, other) if other is None else (min(one, other), max(one, other))
    start, stop, limits = span({Severity.CAUTION: Band(low=low, high=high)})
    assert start < limits[0] <= limits[-1] < stop
