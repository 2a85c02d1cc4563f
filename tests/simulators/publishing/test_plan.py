"""What a simulation announces: activities, as two people would plan them, and its contacts."""

from dataclasses import replace

import pytest

from ingest.decode import AskedOfPlan, Decoder
from ingest.plans import PlanBook
from ingest.record import Record
from simulators.publishing.plan import (
    AHEAD_NS,
    ANNOUNCED_NS,
    BEHIND_NS,
    Announcement,
    Schedules,
    announcements,
    contacts,
)
from simulators.scenarios import read
from simulators.scenarios.actions import Gap
from simulators.simulation import Simulation
from telemetry import wire
from telemetry.activity import Activity, LinkName
from telemetry.clock import SECOND_NS
from telemetry.contact import ContactSchedule
from telemetry.missiondb import load
from telemetry.plan import ConfigurationCheck, PlanState
from telemetry.topics import Topics

DATABASE = load()
TOPICS = Topics("sim-test")
MINUTE_NS = 60 * SECOND_NS


def simulation(name: str, *sets: str) -> Simulation:
    return Simulation(read(name, sets, database=DATABASE), DATABASE, spacecraft=["iss", "soyuz"])


def of_soyuz(flown: Simulation) -> list[Activity]:
    activities = [one for one in flown.scenario.activities if one.spacecraft == "soyuz"]
    assert activities
    return activities


def schedule_of(said: list[Announcement]) -> ContactSchedule:
    (one,) = (one for one in said if one.retain)
    return wire.decode_contacts(one.payload)


def test_announcements_put_the_activity_in_force_by_two_names_however_often_they_come() -> None:
    flown = simulation("ms18")
    start_ns = flown.scenario.start_ns
    book, decoder = PlanBook(), Decoder(DATABASE, TOPICS)

    def check(activity: Activity, time_ns: int) -> ConfigurationCheck:
        return ConfigurationCheck(time_ns=time_ns, items=())

    for _ in range(3):
        for said in announcements(flown, TOPICS, "soyuz"):
            content = decoder.decode(Record(1, start_ns, said.topic, said.payload)).content
            if isinstance(content, AskedOfPlan):
                change = book.command(
                    content.spacecraft,
                    content.verb,
                    content.command,
                    time_ns=start_ns,
                    received_ns=start_ns,
                    check=check,
                )
                assert change is not None
                assert not change.refused
    plans = book.all()
    assert [plan.activity for plan in plans] == of_soyuz(flown)
    for plan in plans:
        assert (plan.state, plan.version) == (PlanState.APPROVED, 2)
        assert plan.proposed_by != plan.approved_by


def test_the_ship_is_told_of_by_its_own_link_and_the_station_by_all() -> None:
    flown = simulation("nominal-day")
    assert schedule_of(announcements(flown, TOPICS, "soyuz")).links == (LinkName.RUSSIAN,)
    assert set(schedule_of(announcements(flown, TOPICS, "iss")).links) == set(LinkName)


def test_announced_gaps_are_left_out_and_others_kept() -> None:
    flown = simulation("los-pass", "ku_link=always", "s_band_link=always")
    schedule = schedule_of(announcements(flown, TOPICS, "iss"))
    gap_ns = flown.scenario.instant_ns("06:41")
    assert not schedule.expected(LinkName.KU, gap_ns)
    assert schedule.expected(LinkName.KU, gap_ns + 10 * MINUTE_NS)


def test_a_schedule_reaches_a_day_on_or_to_the_scenarios_end() -> None:
    flown = simulation("nominal-day")
    start_ns, end_ns = flown.scenario.start_ns, flown.scenario.end_ns
    schedule = schedule_of(announcements(flown, TOPICS, "iss"))
    assert schedule.from_ns == start_ns
    assert schedule.to_ns == max(end_ns, start_ns + ANNOUNCED_NS)


@pytest.mark.parametrize("announced", [True, False])
def test_an_injected_gap_is_told_if_it_is_announced(announced: bool) -> None:
    flown = simulation("ms18")
    now_ns = flown.scenario.start_ns + MINUTE_NS
    flown.step(now_ns)
    schedules = Schedules(flown, now_ns)
    flown.apply(Gap(link="russian", for_s=60.0, announced=announced), _fail)
    assert not schedules.due(now_ns)
    flown.step(now_ns + SECOND_NS)
    assert schedules.due(now_ns + SECOND_NS) is announced
    told = wire.decode_contacts(contacts(flown, TOPICS, "soyuz", now_ns + SECOND_NS).payload)
    assert told.expected(LinkName.RUSSIAN, now_ns + 30 * SECOND_NS) is not announced
    assert told.expected(LinkName.RUSSIAN, now_ns + 90 * SECOND_NS)
    schedules.told(now_ns + SECOND_NS)
    assert not schedules.due(now_ns + SECOND_NS)


def test_what_was_announced_is_still_told_when_it_is_past() -> None:
    flown = simulation("ms18")
    flown.step(flown.scenario.start_ns + MINUTE_NS)
    flown.apply(Gap(link="russian", for_s=60.0, announced=True), _fail)
    now_ns = flown.scenario.start_ns + 5 * MINUTE_NS
    flown.step(now_ns)
    told = wire.decode_contacts(contacts(flown, TOPICS, "soyuz", now_ns).payload)
    assert not told.expected(LinkName.RUSSIAN, flown.scenario.start_ns + 90 * SECOND_NS)


def test_a_schedule_is_told_again_before_it_ends() -> None:
    flown = simulation("ms18")
    start_ns = flown.scenario.start_ns
    schedules = Schedules(flown, start_ns)
    late_ns = start_ns + ANNOUNCED_NS - AHEAD_NS
    assert not schedules.due(late_ns)
    assert schedules.due(late_ns + 1)
    schedules.told(late_ns + 1)
    assert not schedules.due(late_ns + 2)
    told = wire.decode_contacts(contacts(flown, TOPICS, "iss", late_ns + 1).payload)
    assert told.to_ns == late_ns + 1 + ANNOUNCED_NS
    assert told.from_ns == late_ns + 1 - BEHIND_NS


def test_a_long_name_does_not_make_two_commands_one() -> None:
    flown = simulation("ms18")
    long = replace(of_soyuz(flown)[0], id="x" * 64)
    flown.scenario = replace(flown.scenario, activities=(long,))
    commands = [
        wire.decode_plan_command(one.payload)
        for one in announcements(flown, TOPICS, "soyuz")
        if not one.retain
    ]
    assert len({command.id for command in commands}) == 2


def _fail(error: Exception) -> None:
    raise error
