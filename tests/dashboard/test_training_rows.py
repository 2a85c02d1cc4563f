"""A training in words: what every browser has of it, and what a debrief has besides."""

from msgspec.structs import replace

from dashboard import training_rows
from telemetry import wire
from telemetry.missiondb import load
from telemetry.training import FaultState, TrainingState
from tests.dashboard.trainings import CATALOGUE, FIRING_NS, TRAINING

DATABASE = load()


def test_a_row_says_where_it_is_and_how_it_goes() -> None:
    row = training_rows.row(TRAINING)
    assert (row["state"], row["title"], row["speed"]) == ("RUNNING", "Soyuz MS-18", 2.0)
    assert row["clock"] == {"epoch": FIRING_NS / 1e6, "wall": TRAINING.created_ns / 1e6, "rate": 2}
    assert (row["figures"].acknowledged, row["figures"].median_s) == (1, 9.0)
    assert "reactions" not in row
    assert "ingest" not in row


def test_a_row_s_version_changes_with_its_tables_only() -> None:
    version = training_rows.row(TRAINING)["version"]
    assert training_rows.row(replace(TRAINING, until_ns=5))["version"] == version
    done = replace(TRAINING.faults[1], state=FaultState.DONE)
    for changed in (
        replace(TRAINING, faults=(TRAINING.faults[0], done)),
        replace(TRAINING, reactions=TRAINING.reactions * 2),
        replace(TRAINING, reactions=(replace(TRAINING.reactions[0], answered_ns=0),)),
        replace(TRAINING, state=TrainingState.ENDED),
    ):
        assert training_rows.row(changed)["version"] != version


def test_a_debrief_names_alarms_as_operators_do() -> None:
    tables = training_rows.debrief(TRAINING, DATABASE)
    seen, waits = tables["faults"]
    assert (seen["name"], seen["after"]) == ("ISS Attitude error, roll", 3.0)
    assert (waits["state"], waits["name"], waits["after"]) == ("PLANNED", "", None)
    [reaction] = tables["reactions"]
    assert (reaction["name"], reaction["by"]) == ("ISS Attitude error, roll", "Ann")
    assert (reaction["took"], reaction["fault"]) == (9.0, "Two thrusters fire")
    assert reaction["class"].endswith("WARNING")


def test_an_offer_is_whole_and_none_is_one_too() -> None:
    offer = training_rows.offer(CATALOGUE)
    [scenario] = offer["scenarios"]
    assert (scenario["stop"] - scenario["start"], scenario["moments"][0]["kind"]) == (6e4, "fault")
    assert offer["online"]
    assert training_rows.offer(None) == {
        "online": False,
        "scenarios": [],
        "actions": [],
        "jets": {},
        "most": 0,
    }


def test_every_state_of_a_training_survives_the_wire() -> None:
    assert wire.decode_training(wire.encode(TRAINING)) == TRAINING
