import pytest

from telemetry.errors import StoreError
from telemetry.parameter import ParameterType
from telemetry.store.influx_csv import block_from, buckets_from
from telemetry.store.influx_line import RECEIVED, SEQUENCE


def test_a_point_seen_while_it_is_written_loses_nothing_that_is_there() -> None:
    received_ns = 2**60 + 1  # a float could not say it
    text = (
        f"name,tags,time,{RECEIVED},{SEQUENCE},P,P__q\n"
        f"iss_adcs,,1,{received_ns},7,0.5,\n"
        "iss_adcs,,2,,,0.25,\n"
    ).encode()
    block = block_from(("iss", "adcs"), text, {"P": ParameterType.FLOAT})
    assert block.received_ns.tolist() == [received_ns, 0]
    assert block.sequence.tolist() == [7, 0]
    assert block.columns["P"].values.tolist() == [0.5, 0.25]


@pytest.mark.parametrize("row", ["a,,,2,1.5,1,2,1.5", "a,,0,,1.5,1,2,1.5"])
def test_a_row_without_its_time_or_count_is_not_made_up(row: str) -> None:
    """Found by fuzzing: what was not there became the least number there is."""
    text = f"name,tags,time,count,last,min,max,mean\n{row}\n".encode()
    with pytest.raises(StoreError, match="a row has no"):
        buckets_from(text, ParameterType.FLOAT, 10)
