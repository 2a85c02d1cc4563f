"""The book of plans: answers, repetitions, bounds, restarts; what no sequence of asking breaks."""

from dataclasses import replace

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.plans import KEEP_NS, MAX_PLANS, PlanBook
from telemetry.plan import PLAN_TABLE, Plan, PlanChange, PlanCommand, PlanState, PlanVerb
from tests.ingest.planning import (
    END_NS,
    GO,
    MINUTE_NS,
    NO_GO,
    START_NS,
    Room,
    activity,
)


def test_an_answer_names_its_command_and_counts_versions() -> None:
    room = Room()
    first = room.propose(id_="c-1")
    second = room.ask(PlanVerb.APPROVE, "Bob", id_="c-2")
    assert [(one.id, one.command, one.by) for one in (first, second)] == [
        ("soyuz/test/1", "c-1", "Ann"),
        ("soyuz/test/2", "c-2", "Bob"),
    ]


def test_every_refusal_says_what_to_do() -> None:
    room = Room()
    assert "propose it first" in room.ask(PlanVerb.APPROVE, "Bob").refused
    assert "say who you are" in room.ask(PlanVerb.PROPOSE, " ", activity=activity()).refused
    assert "needs the activity" in room.ask(PlanVerb.PROPOSE).refused
    mismatched = room.ask(PlanVerb.PROPOSE, plan="other", activity=activity())
    assert "name the same" in mismatched.refused
    room.propose()
    assert "not possible: the activity is PROPOSED" in room.ask(PlanVerb.START).refused


def test_a_verb_that_is_none_has_no_answer() -> None:
    command = PlanCommand(id="c", by="Ann", plan="test")
    book = PlanBook()
    assert book.command("soyuz", "x", command, time_ns=0, received_ns=0, check=GO) is None


def test_a_new_proposal_replaces_one_nobody_approved_and_only_that() -> None:
    room = Room()
    room.propose()
    assert room.propose("Eve", activity(title="Another")).plan == room.plan
    assert (room.plan.version, room.plan.proposed_by) == (2, "Eve")
    room.ask(PlanVerb.APPROVE, "Ann")
    assert "abort it, or extend it" in room.propose("Eve", activity(title="A third")).refused


def test_what_was_in_force_keeps_its_id() -> None:
    room = Room(START_NS).approved()
    room.now_ns += MINUTE_NS
    room.ask(PlanVerb.ABORT)
    room.now_ns += MINUTE_NS
    assert "by another id" in room.propose().refused
    assert room.plan.in_force(START_NS)


def test_what_was_aborted_before_its_window_can_be_proposed_again() -> None:
    room = Room().approved()
    room.ask(PlanVerb.ABORT)
    change = room.propose("Ann", activity(title="Mended"))
    assert not change.refused
    assert (room.plan.state, room.plan.version) == (PlanState.PROPOSED, 4)
    assert not room.plan.approved_by


def test_a_publisher_that_comes_back_changes_nothing() -> None:
    room = Room()
    for _ in range(2):
        room.propose("planner", id_="p")
        room.ask(PlanVerb.APPROVE, "second", id_="a")
    assert room.plan.version == 2
    room.ask(PlanVerb.ABORT, "Ann", comment="not today")
    aborted = room.plan
    again = [
        room.propose("planner", id_="p"),
        room.ask(PlanVerb.APPROVE, "second", id_="a"),
    ]
    assert room.plan is aborted, "what a person aborted must not come back by a reconnection"
    assert [(one.refused, one.repeated, one.id) for one in again] == [
        ("", True, "repeated/p"),
        ("", True, "repeated/a"),
    ]


def test_a_command_is_known_again_after_a_restart() -> None:
    room = Room()
    room.propose("planner", id_="p")
    room.ask(PlanVerb.ABORT, "Ann")
    saved = msgspec.msgpack.encode(room.book.snapshot())
    room.book = PlanBook()
    room.book.restore(msgspec.msgpack.decode(saved))
    assert room.propose("planner", id_="p").repeated


def test_the_same_said_by_another_command_is_no_change_either() -> None:
    room = Room().approved()
    assert room.propose("Ann").repeated
    assert room.ask(PlanVerb.APPROVE, "bob").repeated
    assert room.plan.version == 2
    assert "no extension is asked for" in room.ask(PlanVerb.APPROVE, "Eve").refused


def test_a_day_flown_again_is_planned_again() -> None:
    """The stream is at an earlier time than the plan's last change: it was another run's."""
    room = Room(START_NS - MINUTE_NS)
    for run in (1, 2):
        room.now_ns = START_NS - MINUTE_NS
        room.propose("planner", id_="p")
        room.ask(PlanVerb.APPROVE, "second", id_="a")
        assert room.plan.state is PlanState.APPROVED, f"run {run}"
        room.now_ns = START_NS + MINUTE_NS
        room.ask(PlanVerb.ABORT)
    assert room.plan.version == 6


def test_another_variant_of_the_day_replaces_what_the_last_run_left_in_force() -> None:
    room = Room(START_NS + MINUTE_NS).approved()
    room.now_ns = START_NS - MINUTE_NS
    longer = activity(end_ns=END_NS + 2 * MINUTE_NS)
    room.propose("Ann", longer)
    room.ask(PlanVerb.APPROVE, "Bob")
    assert room.plan.in_force(END_NS)


def test_plans_are_bounded() -> None:
    room = Room()
    for number in range(MAX_PLANS):
        assert not room.propose(of=activity(f"a{number}")).refused
    assert f"{MAX_PLANS} activities are planned" in room.propose(of=activity("more")).refused
    for number in range(3 * MAX_PLANS):
        room.now_ns += 1
        room.ask(PlanVerb.ABORT, plan=f"a{number}")
        room.propose(of=activity(f"a{number + MAX_PLANS}"))
    assert len(room.book.all()) <= 2 * MAX_PLANS + 1
    assert len(room.book.snapshot()) == len(room.book.all())


def test_what_is_over_is_forgotten_after_a_day_of_the_stream() -> None:
    room = Room(START_NS).approved()
    room.ask(PlanVerb.ABORT)
    room.now_ns += KEEP_NS
    assert room.tick() == []
    assert room.book.all()
    room.now_ns += 1
    assert room.tick() == []
    assert not room.book.all()


def test_time_of_one_spacecraft_is_not_that_of_another() -> None:
    room = Room(START_NS).approved()
    assert room.book.tick("iss", END_NS + KEEP_NS, 0, GO) == []
    assert room.plan.state is PlanState.APPROVED


PEOPLE = ("Ann", "ann ", "Bob", "Eve")
asked = st.tuples(
    st.sampled_from(list(PlanVerb)),
    st.sampled_from(PEOPLE),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["A", "B"]),  # which version of the activity is proposed
    st.integers(-15, 40),  # the new end, minutes after the old one
    st.booleans(),  # override
    st.sampled_from(["", "x"]),  # id: a fresh one, or one that may have been used before
    st.booleans(),  # whether the check says go
)
steps = st.lists(st.tuples(st.integers(0, 12), st.one_of(st.none(), asked)), max_size=40)


def _run(book: PlanBook, now_ns: int, number: int, step: tuple[object, ...]) -> list[PlanChange]:
    verb, by, plan, title, more, override, id_, go = step
    assert isinstance(plan, str)
    assert isinstance(more, int)
    known = book.plans.get(("soyuz", plan))
    end_ns = known.activity.end_ns if known else END_NS
    command = PlanCommand(
        id=f"{id_ or number}-{plan}",
        by=str(by),
        plan=plan,
        activity=activity(plan, title=str(title)) if verb is PlanVerb.PROPOSE else None,
        until_ns=end_ns + more * MINUTE_NS,
        override=bool(override),
        comment="because",
    )
    change = book.command(
        "soyuz",
        str(verb),
        command,
        time_ns=now_ns,
        received_ns=now_ns,
        check=GO if go else NO_GO,
    )
    assert change is not None
    return [change]


def _person(name: str) -> str:
    return name.strip().casefold()


def _must_keep(before: Plan | None, change: PlanChange) -> None:
    """What holds of every single change."""
    plan = change.plan
    if change.refused or change.repeated:
        assert plan == before
        return
    assert plan is not None
    assert plan.version == (before.version + 1 if before else 1)
    if before is not None and change.verb is not PlanVerb.PROPOSE and not _by_time(change):
        assert plan.state is PLAN_TABLE[before.state, change.verb]
    if before is not None and before.state.over:
        assert change.verb is PlanVerb.PROPOSE
        assert not (before.approved_by and before.in_force(before.ended_ns - 1))
    if plan.approved_by:
        assert _person(plan.approved_by) != _person(plan.proposed_by)
    else:
        assert not any(plan.in_force(START_NS + n * MINUTE_NS) for n in range(60))
    if before is not None and plan.activity.end_ns != before.activity.end_ns:
        assert change.verb in (PlanVerb.PROPOSE, PlanVerb.APPROVE)
        if change.verb is PlanVerb.APPROVE:
            assert _person(change.by) != _person(before.extension_by)
            assert change.time_ns < before.activity.end_ns < plan.activity.end_ns
    if plan.state.over:
        assert not plan.in_force(change.time_ns)


def _by_time(change: PlanChange) -> bool:
    return not change.command


@given(steps)
@settings(max_examples=300)
def test_no_sequence_of_asking_breaks_what_a_plan_promises(
    steps: list[tuple[int, tuple[object, ...] | None]],
) -> None:
    book, now_ns = PlanBook(), START_NS - 20 * MINUTE_NS
    known: dict[str, Plan] = {}
    for number, (minutes, step) in enumerate(steps):
        now_ns += minutes * MINUTE_NS
        if step is None:
            changes = book.tick("soyuz", now_ns, now_ns, GO)
        else:
            changes = _run(book, now_ns, number, step)
        for change in changes:
            name = change.plan.activity.id if change.plan else ""
            _must_keep(known.get(name), change)
            if change.plan:
                known[name] = change.plan
        assert {p.activity.id: p for p in book.all()}.items() <= known.items()


@given(steps, st.integers(0, 40))
def test_where_a_run_is_cut_cannot_be_told_from_the_journal(
    steps: list[tuple[int, tuple[object, ...] | None]], cut: int
) -> None:
    def journal(cut_at: int | None) -> list[PlanChange]:
        book, now_ns, changes = PlanBook(), START_NS - 20 * MINUTE_NS, []
        for number, (minutes, step) in enumerate(steps):
            if number == cut_at:
                saved = msgspec.msgpack.encode(book.snapshot())
                book = PlanBook()
                book.restore(msgspec.msgpack.decode(saved))
            now_ns += minutes * MINUTE_NS
            if step is None:
                changes += book.tick("soyuz", now_ns, now_ns, GO)
            else:
                changes += _run(book, now_ns, number, step)
        return changes

    assert journal(cut) == journal(None)


def test_activities_of_one_id_on_two_spacecraft_are_two() -> None:
    room = Room()
    room.propose()
    other = replace(activity(), spacecraft="iss")
    change = room.book.command(
        "iss",
        PlanVerb.PROPOSE,
        PlanCommand(id="x", by="Eve", plan="test", activity=other),
        time_ns=0,
        received_ns=0,
        check=GO,
    )
    assert change is not None
    assert change.id == "iss/test/1"
    assert len(room.book.all()) == 2
