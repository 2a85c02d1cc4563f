from pathlib import Path

from msgspec.structs import replace

from telemetry.training import Training, TrainingSpec, TrainingState
from training.records import MAX_RECORDS, Records

RUNS = Training(
    id="a1",
    root="train-a1",
    by="Ina",
    spec=TrainingSpec(scenario="ms18"),
    state=TrainingState.RUNNING,
    title="MS-18",
    created_ns=1,
    ingest="http://127.0.0.1:1",
)


def numbered(n: int) -> Training:
    return replace(RUNS, id=f"n{n}", created_ns=n, state=TrainingState.ENDED)


def test_a_record_is_read_as_it_was_kept(tmp_path: Path) -> None:
    assert Records(tmp_path).save(RUNS) == []
    again = Records(tmp_path)
    assert again.read() == [RUNS]
    assert again.has("a1")
    assert not again.has("b2")


def test_the_oldest_are_given_up_and_named(tmp_path: Path) -> None:
    records = Records(tmp_path)
    given_up = [records.save(numbered(n)) for n in range(MAX_RECORDS + 2)]
    assert given_up == [[]] * MAX_RECORDS + [["n0"], ["n1"]]
    assert [one.created_ns for one in records.read()] == list(range(2, MAX_RECORDS + 2))


def test_one_that_cannot_be_read_costs_no_other(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.save(RUNS)
    (tmp_path / "records" / "b2.json").write_text("this is no record")
    assert records.read() == [RUNS]


def test_what_a_lost_service_left_open_is_ended(tmp_path: Path) -> None:
    records = Records(tmp_path)
    folder = records.open("a1")
    (folder / "telemetry.duckdb").write_text("much")
    records.save(RUNS)
    records.save(numbered(5))
    [lost] = Records(tmp_path).lost(9)
    assert (lost.id, lost.state, lost.ended_ns, lost.ingest) == ("a1", TrainingState.ENDED, 9, "")
    assert lost.reason == "it was lost with its service"
    assert not folder.exists()
    assert records.lost(10) == []
