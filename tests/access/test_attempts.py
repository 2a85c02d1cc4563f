"""How fast passwords may be tried."""

from hypothesis import given
from hypothesis import strategies as st

from access.attempts import FORGET_NS, FREE, LAST_WAIT_NS, MAX_HELD, Attempts
from telemetry.clock import SECOND_NS


def tried(attempts: Attempts, times: int, name: str, address: str, now_ns: int) -> None:
    for _ in range(times):
        attempts.failed(name, address, now_ns)


def test_waits_begin_after_some_and_grow() -> None:
    attempts, now_ns, waits = Attempts(), 0, []
    for _ in range(FREE[0] + 12):
        wait_ns = attempts.wait_ns("Olga", "a", now_ns)
        waits.append(wait_ns)
        now_ns += wait_ns
        attempts.failed("Olga", "a", now_ns)
    assert waits[: FREE[0]] == [0] * FREE[0]
    assert waits[FREE[0]] == SECOND_NS
    assert waits == sorted(waits)
    assert waits[-1] == LAST_WAIT_NS


def test_somebody_elses_guesses_do_not_keep_the_owner_out() -> None:
    attempts = Attempts()
    tried(attempts, FREE[1] - 1, "Olga", "attacker", 0)
    assert attempts.wait_ns("Olga", "attacker", 0) > 0
    assert attempts.wait_ns("Olga", "console-room", 0) == 0
    assert attempts.wait_ns("Lea", "attacker", 0) == 0


def test_many_names_from_one_address_and_one_name_from_many_are_held_back() -> None:
    attempts = Attempts()
    for n in range(FREE[1]):
        attempts.failed(f"name {n}", "a", 0)
    assert attempts.wait_ns("another", "a", 0) > 0
    for n in range(FREE[2]):
        attempts.failed("Olga", f"address {n}", 0)
    assert attempts.wait_ns("Olga", "elsewhere", 0) > 0


def test_success_and_time_forget() -> None:
    attempts = Attempts()
    tried(attempts, FREE[0], "Olga", "a", 0)
    assert attempts.wait_ns("Olga", "a", 0) > 0
    attempts.succeeded("Olga", "a")
    assert attempts.wait_ns("Olga", "a", 0) == 0
    tried(attempts, FREE[0], "Olga", "a", 0)
    assert attempts.wait_ns("Olga", "a", FORGET_NS + 1) == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), max_size=60))
def test_no_wait_is_longer_than_the_last(tries: list[tuple[str, str]]) -> None:
    attempts = Attempts()
    for name, address in tries:
        attempts.failed(name, address, 0)
        assert 0 <= attempts.wait_ns(name, address, 0) <= LAST_WAIT_NS


def test_what_is_held_is_bounded() -> None:
    attempts = Attempts()
    for n in range(MAX_HELD):
        attempts.failed(f"n{n}", f"a{n}", n)
    assert len(attempts._held) <= MAX_HELD
