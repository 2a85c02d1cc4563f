"""Thrusters at work, held to the rocket equation's bookkeeping and to what a valve can do."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.physics.propulsion import (
    CHAMBER_PRESSURE_MPA,
    EFIR_PORTION_KG,
    EPK_TRAVEL_S,
    Epk,
    Propulsion,
    Stuck,
)
from simulators.physics.thruster import load_jets

JETS = load_jets("soyuz-ms")
G0_M_S2 = 9.80665
FLOW_KG_S = 130 / (285 * G0_M_S2)


def soyuz(limit_kg: float | None = None, propellant_kg: float = 440.0) -> Propulsion:
    return Propulsion(JETS, propellant_kg=propellant_kg, limit_kg=limit_kg)


def run(propulsion: Propulsion, seconds: float, dt_s: float = 0.1) -> float:
    """The impulse given, in newton seconds."""
    impulse_ns = 0.0
    for _ in range(round(seconds / dt_s)):
        propulsion.step(dt_s)
        impulse_ns += sum(newton for _, newton in propulsion.thrust()) * dt_s
    return impulse_ns


def die_away(propulsion: Propulsion) -> None:
    run(propulsion, 1.0)
    assert not propulsion.active


# --- pulses ---


@pytest.mark.parametrize("pulse_s", [0.2, 0.25, 0.3, 0.37, 0.4, 0.5])
@pytest.mark.parametrize("dt_s", [0.05, 0.1, 1.0])
def test_a_pulse_is_exact_at_any_step(pulse_s: float, dt_s: float) -> None:
    ship = soyuz()
    ship.command("DPO-07", True, for_s=pulse_s)
    impulse_ns = run(ship, 2.0, dt_s)
    thruster = ship.thrusters["DPO-07"]
    assert thruster.on_time_s == pytest.approx(pulse_s, abs=1e-12)
    assert impulse_ns == pytest.approx(130 * pulse_s, rel=1e-12)
    assert ship.used_kg == pytest.approx(pulse_s * 130 / (285 * G0_M_S2), rel=1e-12)
    assert thruster.pressure_time_mpa_s == pytest.approx(CHAMBER_PRESSURE_MPA * pulse_s, rel=1e-9)
    assert not ship.active


@pytest.mark.parametrize("tenths", [2, 3, 4, 5])
def test_switching_on_and_off_at_tenths_is_exact_too(tenths: int) -> None:
    ship = soyuz()
    for _ in range(100):
        ship.command("DPO-07", True)
        run(ship, tenths / 10)
        ship.command("DPO-07", False)
        run(ship, 1.0)
    assert ship.thrusters["DPO-07"].on_time_s == pytest.approx(10 * tenths, abs=1e-11)


def test_thrust_is_the_average_over_a_step() -> None:
    ship = soyuz()
    ship.command("DPO-07", True, for_s=0.25)
    averages = []
    for _ in range(4):
        ship.step(0.1)
        averages.append([newton for _, newton in ship.thrust()])
    assert averages == [
        [pytest.approx(130)],
        [pytest.approx(130)],
        [pytest.approx(65)],
        [],
    ]


def test_a_command_shows_until_its_pulse_ends() -> None:
    ship = soyuz()
    ship.command("DPO-07", True, for_s=0.4)
    seen = []
    for _ in range(5):
        thruster = ship.thrusters["DPO-07"]
        seen.append((thruster.commanded, thruster.open))
        ship.step(0.1)
    assert seen == [(True, True)] * 4 + [(False, False)]


def test_chamber_pressure_follows_the_valve_within_a_tenth() -> None:
    ship = soyuz()
    thruster = ship.thrusters["DPO-07"]
    ship.command("DPO-07", True)
    ship.step(0.1)
    assert thruster.pressure_mpa > 0.9 * CHAMBER_PRESSURE_MPA
    ship.command("DPO-07", False)
    ship.step(0.1)
    assert 0 < thruster.pressure_mpa < 0.1 * CHAMBER_PRESSURE_MPA
    assert ship.active
    die_away(ship)
    assert thruster.pressure_mpa == 0


def test_nobody_commanded_is_nobody_firing() -> None:
    ship = soyuz()
    run(ship, 100, 1.0)
    assert not ship.active
    assert ship.thrust() == []
    assert ship.used_kg == 0
    with pytest.raises(KeyError):
        ship.command("DPO-29", True)


# --- the cut-off ---


@pytest.mark.parametrize("dt_s", [0.1, 1.0])
def test_reaching_the_limit_closes_everything_within_the_step(dt_s: float) -> None:
    ship = soyuz(limit_kg=1.0)
    ship.command("DPO-07", True)
    ship.command("DPO-08", True)
    impulse_ns = run(ship, 20, dt_s)
    assert ship.cut_off
    assert ship.used_kg == pytest.approx(1.0, abs=1e-8)
    assert ship.thrusters["DPO-07"].on_time_s == pytest.approx(0.5 / FLOW_KG_S, abs=1e-7)
    assert impulse_ns == pytest.approx(1.0 * 285 * G0_M_S2, abs=1e-4)
    assert not ship.active


def test_a_cut_off_ship_obeys_again_only_after_a_reset() -> None:
    ship = soyuz(limit_kg=0.1)
    ship.command("DPO-07", True)
    run(ship, 5)
    ship.command("DPO-09", True)
    assert run(ship, 1) == 0
    assert not ship.thrusters["DPO-09"].commanded
    ship.reset()
    assert run(ship, 1) == 0  # nothing resumes by itself
    ship.command("DPO-09", True)
    assert run(ship, 1) == pytest.approx(130)


def test_reset_counts_anew_and_gives_no_propellant_back() -> None:
    ship = soyuz()
    ship.command("DPO-07", True, for_s=30)
    run(ship, 31)
    before_kg = ship.tanks.liquid_kg
    assert ship.efir_count == int(30 * FLOW_KG_S / EFIR_PORTION_KG) == 27
    ship.reset()
    assert (ship.used_kg, ship.efir_count) == (0, 0)
    assert ship.thrusters["DPO-07"].on_time_s == 0
    assert ship.thrusters["DPO-07"].pressure_time_mpa_s == 0
    assert ship.tanks.liquid_kg == before_kg
    assert ship.total_kg == pytest.approx(440 - before_kg)


def test_a_valve_stuck_open_fires_on_until_its_manifold_is_closed() -> None:
    ship = soyuz(limit_kg=0.2)
    ship.degrade("DPO-07", stuck="open")
    run(ship, 10)
    assert ship.cut_off
    assert ship.used_kg == pytest.approx(10 * FLOW_KG_S, rel=1e-9)
    ship.set_manifold(1, opened=False)
    run(ship, 10)
    assert ship.used_kg == pytest.approx((10 + EPK_TRAVEL_S) * FLOW_KG_S, rel=1e-9)


# --- isolation, faults, running dry ---


def test_a_closed_manifold_stops_its_own_jets_only() -> None:
    ship = soyuz()
    ship.command("DPO-07", True)
    ship.command("DPO-08", True)
    ship.set_manifold(1, opened=False)
    ship.step(0.1)
    assert ship.manifolds[1].epk is Epk.IN_TRANSIT
    run(ship, 9.9)
    assert ship.manifolds[1].epk is Epk.CLOSED
    shut, free = ship.thrusters["DPO-07"], ship.thrusters["DPO-08"]
    assert shut.on_time_s == pytest.approx(EPK_TRAVEL_S)
    assert free.on_time_s == pytest.approx(10)
    assert shut.open
    assert shut.pressure_mpa == pytest.approx(0, abs=1e-9)
    assert ship.manifolds[1].feed_mpa < 0.1  # drained through the open valve
    assert ship.manifolds[2].feed_mpa > 1.5
    ship.set_manifold(1, opened=True)
    run(ship, 1)
    assert shut.on_time_s == pytest.approx(1.0)


def test_a_closed_manifold_keeps_its_pressure_while_valves_are_shut() -> None:
    ship = soyuz()
    before_mpa = ship.manifolds[1].feed_mpa
    ship.set_manifold(1, opened=False)
    run(ship, 60)
    assert ship.manifolds[1].feed_mpa == pytest.approx(before_mpa, abs=1e-3)
    assert not ship.active


def test_a_failed_isolation_valve_does_not_move() -> None:
    ship = soyuz()
    ship.fail_manifold(1)
    ship.set_manifold(1, opened=False)
    ship.command("DPO-07", True)
    assert run(ship, 2) == pytest.approx(260)
    assert ship.manifolds[1].epk is Epk.FAILED


def test_flow_lowers_the_feed_and_lets_it_back() -> None:
    ship = soyuz()
    quiet_mpa = ship.manifolds[1].feed_mpa
    for name in ("DPO-07", "DPO-15"):
        ship.command(name, True)
    run(ship, 1)
    assert ship.manifolds[1].feed_mpa == pytest.approx(quiet_mpa - 0.04, abs=1e-3)
    assert ship.manifolds[2].feed_mpa == pytest.approx(quiet_mpa, abs=1e-3)
    ship.stop()
    run(ship, 1)
    assert ship.manifolds[1].feed_mpa == pytest.approx(quiet_mpa, abs=1e-3)


def test_a_valve_stuck_shut_hears_and_does_nothing() -> None:
    ship = soyuz()
    ship.degrade("DPO-07", stuck="closed")
    ship.command("DPO-07", True)
    assert run(ship, 5) == 0
    thruster = ship.thrusters["DPO-07"]
    assert thruster.commanded
    assert not thruster.open
    assert thruster.on_time_s == thruster.pressure_mpa == ship.used_kg == 0


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_a_choked_jet_gives_a_share_of_everything_but_time(share: float) -> None:
    ship = soyuz()
    ship.degrade("DPO-07", flow_share=share)
    ship.command("DPO-07", True)
    assert run(ship, 5) == pytest.approx(130 * 5 * share)
    thruster = ship.thrusters["DPO-07"]
    assert thruster.pressure_mpa == pytest.approx(share * CHAMBER_PRESSURE_MPA, abs=1e-6)
    assert thruster.on_time_s == pytest.approx(5)
    assert ship.used_kg == pytest.approx(5 * FLOW_KG_S * share)


def test_dry_tanks_end_it() -> None:
    ship = soyuz(propellant_kg=1.0)
    ship.command("DPO-07", True)
    impulse_ns = run(ship, 60)
    assert ship.dry
    assert impulse_ns == pytest.approx(1.0 * 285 * G0_M_S2, rel=1e-6)
    assert ship.thrusters["DPO-07"].pressure_mpa == pytest.approx(0, abs=1e-9)
    assert min(t.liquid_kg for t in (*ship.tanks.fuel, *ship.tanks.oxidiser)) >= 0


# --- whatever is done ---

steps = st.lists(
    st.tuples(
        st.integers(0, 27),
        st.booleans(),
        st.one_of(st.just(math.inf), st.floats(0.0, 3.0)),
        st.sampled_from([0.05, 0.1, 0.37, 1.0]),
        st.sampled_from(["command", "manifold", "open", "closed", "healthy", "reset"]),
    ),
    max_size=30,
)
STUCK: dict[str, Stuck] = {"open": "open", "closed": "closed", "healthy": None}


@given(steps, st.sampled_from([None, 0.05, 0.5]))
def test_the_books_always_balance(
    done: list[tuple[int, bool, float, float, str]], limit_kg: float | None
) -> None:
    ship = soyuz(limit_kg=limit_kg, propellant_kg=2.0)
    impulse_ns = 0.0
    for number, on, for_s, dt_s, what in done:
        jet = JETS[number]
        match what:
            case "command":
                ship.command(jet.name, on, for_s)
            case "manifold":
                ship.set_manifold(jet.manifold, opened=on)
            case "reset":
                ship.reset()
            case _:
                ship.degrade(jet.name, stuck=STUCK[what])
        ship.step(dt_s)
        impulse_ns += sum(newton for _, newton in ship.thrust()) * dt_s
        on_time_s = sum(thruster.on_time_s for thruster in ship.thrusters.values())
        assert ship.used_kg == pytest.approx(on_time_s * FLOW_KG_S, abs=1e-9)
        for thruster in ship.thrusters.values():
            assert 0 <= thruster.pressure_mpa <= CHAMBER_PRESSURE_MPA
    assert ship.total_kg == pytest.approx(2.0 - ship.tanks.liquid_kg, abs=1e-9)
    assert impulse_ns == pytest.approx(ship.total_kg * 285 * G0_M_S2, rel=1e-9)
    for name in ship.thrusters:
        ship.degrade(name)
    ship.stop()
    die_away(ship)


@given(st.lists(st.tuples(st.integers(0, 27), st.integers(1, 9)), min_size=1, max_size=8))
def test_fine_and_coarse_steps_agree(pulses: list[tuple[int, int]]) -> None:
    fine, coarse = soyuz(limit_kg=0.3), soyuz(limit_kg=0.3)
    for ship in (fine, coarse):
        for number, tenths in pulses:
            ship.command(JETS[number].name, True, for_s=tenths / 10)
    run(fine, 2.0, 0.05)
    run(coarse, 2.0, 1.0)
    assert fine.cut_off == coarse.cut_off
    assert fine.used_kg == pytest.approx(coarse.used_kg, abs=1e-9)
    for name in fine.thrusters:
        one, other = fine.thrusters[name], coarse.thrusters[name]
        assert one.on_time_s == pytest.approx(other.on_time_s, abs=1e-8)
        assert one.pressure_time_mpa_s == pytest.approx(other.pressure_time_mpa_s, abs=1e-6)
