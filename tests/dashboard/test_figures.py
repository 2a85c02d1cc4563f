import numpy as np
import pytest

from dashboard import figures, theme
from telemetry.clock import SECOND_NS
from telemetry.frame import Buckets
from telemetry.limit import Band, Limits, Severity
from telemetry.parameter import Parameter, ParameterType

ERROR = Parameter(
    id="ERR",
    name="Error",
    type=ParameterType.FLOAT,
    unit="deg",
    period_s=1.0,
    limits=Limits(range={Severity.CAUTION: Band(low=-1, high=1), Severity.WARNING: Band(high=5)}),
)
MODE = Parameter(
    id="MODE", name="Mode", type=ParameterType.ENUMERATION, states={0: "HOLD", 1: "DRIFT"}
)


def buckets(seconds: list[int], last: list[object] | None = None) -> Buckets:
    size = len(seconds)
    mean = np.arange(size, dtype=float)
    return Buckets(
        width_ns=SECOND_NS,
        time_ns=np.array(seconds, dtype=np.int64) * SECOND_NS,
        minimum=mean - 1,
        maximum=mean + 1,
        mean=mean,
        count=np.ones(size, dtype=np.int64),
        last=np.array(last if last is not None else mean),
    )


@pytest.mark.parametrize("range_s", figures.RANGES.values())
def test_a_range_has_about_a_thousand_buckets(range_s: int) -> None:
    assert 500 <= range_s * SECOND_NS / figures.bucket_width_ns(range_s) <= 1000


def test_band_mean_and_limits_are_drawn() -> None:
    figure = figures.history(ERROR, buckets([0, 1, 2]), 0, 3 * SECOND_NS)
    high, low, mean = figure.data
    assert list(high.y) == [1, 2, 3]
    assert list(low.y) == [-1, 0, 1]
    assert low.fill == "tonexty"
    assert list(mean.y) == [0, 1, 2]
    assert {shape.y0 for shape in figure.layout.shapes} == {-1, 1, 5}
    assert any("▲ CAUTION high 1" in note.text for note in figure.layout.annotations)


def test_line_is_broken_where_sampling_stopped() -> None:
    mean = figures.history(ERROR, buckets([0, 1, 300, 301]), 0, 900 * SECOND_NS).data[2]
    assert np.isnan(mean.y[2])
    assert len(mean.y) == 5


def test_value_left_out_because_it_has_not_changed_is_no_gap() -> None:
    mean = figures.history(ERROR, buckets([0, 1, 61]), 0, 90 * SECOND_NS).data[2]
    assert list(mean.y) == [0, 1, 2]


def test_what_is_sent_on_change_is_held_not_broken() -> None:
    on_change = Parameter(id="P", name="P", type=ParameterType.FLOAT, unit="V")
    mean = figures.history(on_change, buckets([0, 60]), 0, 90 * SECOND_NS).data[2]
    assert list(mean.y) == [0, 1]
    assert mean.line.shape == "hv"


def test_states_are_steps_by_name_and_keep_their_order() -> None:
    figure = figures.history(MODE, buckets([0, 1, 2], [1, 0, 7]), 0, 3 * SECOND_NS)
    [steps] = figure.data
    assert list(steps.y) == ["DRIFT", "HOLD", "UNKNOWN STATE 7"]
    assert steps.line.shape == "hv"
    assert list(figure.layout.yaxis.categoryarray) == ["HOLD", "DRIFT", "UNKNOWN STATE 7"]


def test_nothing_recorded_is_said_in_words() -> None:
    nothing = buckets([])
    figures.history(ERROR, nothing, 0, SECOND_NS)
    assert "Nothing was recorded" in figures.describe_window(nothing)


def test_it_is_as_dark_or_light_as_the_page() -> None:
    made = figures.history(ERROR, buckets([0, 1]), 0, 3 * SECOND_NS, theme.LIGHT)
    assert made.layout.paper_bgcolor == theme.LIGHT.panel
    assert made.data[2].line.color == theme.LIGHT.trace
    assert {shape.line.color for shape in made.layout.shapes} == {
        theme.SEVERITY_LOOKS[one].light for one in (Severity.CAUTION, Severity.WARNING)
    }
