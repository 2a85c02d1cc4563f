import numpy as np
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


def test_columns_with_gaps_of_every_type() -> None:
    kinds = {
        "F": ParameterType.FLOAT,
        "I": ParameterType.INTEGER,
        "E": ParameterType.ENUMERATION,
        "B": ParameterType.BOOLEAN,
        "S": ParameterType.STRING,
    }
    rows = [
        f"iss_adcs,,{n},1,{n},{n / 4},{2**60 + n},{n % 3},{'true' if n % 2 else 'false'},w{n},"
        if n % 7
        else f"iss_adcs,,{n},1,{n},,,,,,2"
        for n in range(1, 30)
    ]
    text = f"name,tags,time,{RECEIVED},{SEQUENCE},F,I,E,B,S,S__q\n" + "\n".join(rows) + "\n"
    block = block_from(("iss", "adcs"), text.encode(), kinds)
    there = [bool(n % 7) for n in range(1, 30)]
    assert all(column.valid.tolist() == there for column in block.columns.values())
    expected = {
        "F": lambda n: n / 4,
        "I": lambda n: 2**60 + n,
        "E": lambda n: n % 3,
        "B": lambda n: n % 2 == 1,
        "S": lambda n: f"w{n}",
    }
    for parameter, value in expected.items():
        blank = "" if parameter == "S" else 0
        values = [value(n) if n % 7 else blank for n in range(1, 30)]
        assert block.columns[parameter].values.tolist() == values
    assert block.columns["S"].quality.tolist() == [0 if n % 7 else 2 for n in range(1, 30)]
    assert block.columns["F"].quality.tolist() == [0] * 29


def test_a_bucket_without_a_number_has_none() -> None:
    text = b"name,tags,time,count,last,min,max,mean\na,,0,2,1.5,1,2,1.5\na,,10,1,,,,\n"
    buckets = buckets_from(text, ParameterType.FLOAT, 10)
    assert buckets.minimum[0] == 1
    assert np.isnan([buckets.minimum[1], buckets.maximum[1], buckets.mean[1]]).all()
