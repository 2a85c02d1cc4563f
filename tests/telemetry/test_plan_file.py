"""Plans and contact schedules as people write them: read whole, or every mistake told at once."""

from pathlib import Path

import pytest

from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.clock import SECOND_NS, utc
from telemetry.contact import Contact
from telemetry.plan_file import (
    MAX_FILE_BYTES,
    PlanFileError,
    read_activities,
    read_contacts,
)
from telemetry.plan_file import (
    __doc__ as shown,
)

T0902 = 1_634_288_520 * SECOND_NS
ACTIVITY = """
[[activity]]
id = "test"
title = "A test"
kind = "thruster-test"
spacecraft = "soyuz"
start = 2021-10-15T09:02:00Z
end = 2021-10-15T11:12:00+02:00
"""
CONTACTS = """
spacecraft = "soyuz"
from = 2021-10-15T06:00:00Z
to = 2021-10-15T12:00:00Z
links = ["russian"]
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(PlanFileError) as refused:
        read_activities(path)
    assert str(refused.value).startswith(str(refused.value.problems[0]))
    return [str(problem) for problem in refused.value.problems]


def example(number: int) -> str:
    """An indented block of the module's own text."""
    blocks = [block for block in str(shown).split("\n\n") if block.startswith("    ")]
    return "\n".join(line.strip() for line in blocks[number].splitlines())


def test_the_shown_plan_file_is_one(tmp_path: Path) -> None:
    (activity,) = read_activities(written(tmp_path, example(0)))
    assert activity == Activity(
        id="sud-test",
        title="Soyuz motion control test before undocking",
        kind=ActivityKind.THRUSTER_TEST,
        spacecraft="soyuz",
        start_ns=T0902,
        end_ns=T0902 + 600 * SECOND_NS,
        may_fire=("soyuz",),
        longest_pulse_s=0.5,
        on_time_s=5.0,
        propellant_kg=3.0,
        planned_states=(PlannedState.DESATURATION_INHIBITED,),
        links=(LinkName.RUSSIAN,),
    )


def test_the_shown_contacts_file_is_one(tmp_path: Path) -> None:
    announced = read_contacts(written(tmp_path, example(1)), by="Ann")
    schedule = announced.schedule
    assert (announced.spacecraft, schedule.by) == ("soyuz", "Ann")
    assert utc(schedule.from_ns) == "2021-10-15T06:00:00.000Z"
    assert schedule.contacts == (
        Contact(
            link=LinkName.RUSSIAN,
            start_ns=T0902 + 480 * SECOND_NS,
            end_ns=T0902 + 1050 * SECOND_NS,
        ),
    )
    assert not schedule.expected(LinkName.RUSSIAN, T0902)
    assert schedule.expected(LinkName.KU, T0902)


def test_several_activities_may_be_in_one_file_and_offsets_count(tmp_path: Path) -> None:
    both = read_activities(written(tmp_path, ACTIVITY + ACTIVITY.replace('"test"', '"next"')))
    assert [one.id for one in both] == ["test", "next"]
    assert both[0].end_ns - both[0].start_ns == 600 * SECOND_NS


def test_a_link_without_contacts_is_announced_to_have_none(tmp_path: Path) -> None:
    schedule = read_contacts(written(tmp_path, CONTACTS)).schedule
    assert not schedule.expected(LinkName.RUSSIAN, T0902)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    wrong = (
        ACTIVITY.replace("title", "titel")
        .replace("thruster-test", "thruster-tst")
        .replace("+02:00", "")
        + 'longest_pulse_s = -1\nmay_fire = "soyuz"\nplanned_states = ["free-drifd"]\n'
    )
    found = "\n".join(mistakes(written(tmp_path, wrong)))
    for says in (
        "mine.toml: [activity[1]] titel: unknown key (did you mean 'title'?)",
        "title: is missing",
        "did you mean 'thruster-test'?",
        "end: must be a date and time in UTC",
        "longest_pulse_s: must be above 0",
        "may_fire: must be a list of texts",
        "did you mean 'free-drift'?",
    ):
        assert says in found
    assert len(found.splitlines()) == 7


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is none: write [[activity]] tables"),
        ("[activity]\nid = 1", "tables, [[...]]"),
        ("[[activity", "is no TOML"),
        (b"\xff", "is no TOML"),
        (b"#" * (MAX_FILE_BYTES + 1), "larger than 1 MiB"),
        (ACTIVITY + ACTIVITY, "the id 'test' of soyuz is there twice"),
        (ACTIVITY.replace('"test"', '"a/b"'), "id must be of letters"),
        (ACTIVITY.replace("T09:02", "T09:30"), "end: must be after start"),
        (ACTIVITY.replace("2021-10-15T09", "1969-10-15T09"), "between 1970 and 2116"),
        (ACTIVITY + "propellant_kg = 2.0", "may_fire names nobody"),
        (ACTIVITY + 'links = ["x-band"]', "'x-band' is none of ku, s-band and russian"),
        (ACTIVITY * 201, "there are 201, at most 200 can be"),
    ],
)
def test_a_plan_file_that_is_none_says_why(tmp_path: Path, text: str | bytes, says: str) -> None:
    assert says in "\n".join(mistakes(written(tmp_path, text)))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in mistakes(tmp_path / "none.toml")[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CONTACTS.replace('["russian"]', "[]"), "links: must name some of"),
        (CONTACTS.replace("T12", "T05"), "to: must be after from"),
        (CONTACTS + "[[contact]]\nlink = 'ku'\n", "ku is not in links"),
        (
            CONTACTS + "[[contact]]\nlink = 'russian'\n"
            "start = 2021-10-15T05:00:00Z\nend = 2021-10-15T07:00:00Z\n",
            "not within from and to",
        ),
        (CONTACTS + "spacecaft = 1\n", "did you mean 'spacecraft'?"),
    ],
)
def test_a_contacts_file_that_is_none_says_why(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PlanFileError) as refused:
        read_contacts(written(tmp_path, text))
    assert says in "\n".join(map(str, refused.value.problems))
