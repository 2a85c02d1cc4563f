"""What each action does to the station: one function an action, chosen by its type."""

import math
from contextlib import suppress
from functools import partial, singledispatch

from simulators.craft.approach import Approaching
from simulators.craft.motion import Controller
from simulators.craft.station import Station
from simulators.craft.vehicles import forward_jets
from simulators.physics.programme import pulse_test
from simulators.physics.thruster import opposed_pairs
from simulators.physics.vector import from_yaw_pitch_roll
from simulators.scenarios.actions import (
    Approach,
    Arrays,
    BearingWear,
    CloseManifold,
    CmgOff,
    Control,
    Desaturation,
    Dock,
    Fire,
    Handover,
    Leak,
    Manoeuvre,
    PulseTest,
    Reboost,
    ResetCounters,
    SealLeak,
    StopFiring,
    Undock,
)
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError


@singledispatch
def apply(action: object, station: Station) -> None:
    """Do an action now.

    :raises UsageError: if what it names is not here.
    """
    raise TypeError(f"{type(action).__name__} is no action on the station")


@apply.register
def _(action: Fire, station: Station) -> None:
    for_s = math.inf if action.for_s is None else action.for_s
    fire(station, action.vehicle, action.jets, for_s)


@apply.register
def _(action: StopFiring, station: Station) -> None:
    station.vehicles.of(action.vehicle).stop()


@apply.register
def _(action: PulseTest, station: Station) -> None:
    thrusters = station.vehicles.of(action.vehicle).thrusters
    programme = pulse_test(
        opposed_pairs([thruster.jet for thruster in thrusters.values()]),
        pulse_s=action.pulse_s,
        every_s=action.every_s,
        firings=action.pairs,
    )
    for switching in programme:
        if switching.on:
            station.after(
                switching.offset_s,
                partial(_pulse, station, action.vehicle, switching.jets, action.pulse_s),
            )


@apply.register
def _(action: CloseManifold, station: Station) -> None:
    station.vehicles.of(action.vehicle).set_manifold(action.manifold, opened=action.open)


@apply.register
def _(action: ResetCounters, station: Station) -> None:
    station.vehicles.of(action.vehicle).reset()


@apply.register
def _(action: Control, station: Station) -> None:
    if action.mode == "free-drift":
        station.control.drift()
    else:
        station.control.set_controller(Controller(action.mode))


@apply.register
def _(action: Desaturation, station: Station) -> None:
    station.control.desaturation = action.state == "enabled"


@apply.register
def _(action: Handover, station: Station) -> None:
    if action.to == "rs":
        station.control.hand_to_russian()
    else:
        station.control.hand_to_us()


@apply.register
def _(action: Manoeuvre, station: Station) -> None:
    yaw, pitch, roll = (
        math.radians(angle) for angle in (action.yaw_deg, action.pitch_deg, action.roll_deg)
    )
    target = from_yaw_pitch_roll(yaw, pitch, roll)
    station.control.manoeuvre(target, math.radians(action.rate_deg_s))


@apply.register
def _(action: Reboost, station: Station) -> None:
    propulsion = station.vehicles.of(action.vehicle)
    jets = forward_jets(propulsion)
    if not jets:
        raise UsageError(f"{action.vehicle} cannot push the station forward from its port")
    thrust_n = sum(jet.thrust_n * jet.direction[0] for jet in jets)
    for_s = action.delta_v_m_s * station.control.mass.mass_kg / thrust_n
    needed_kg = for_s * sum(jet.flow_kg_s for jet in jets)
    if needed_kg > propulsion.left_kg:
        raise UsageError(
            f"{action.vehicle} may burn {propulsion.left_kg:.1f} kg, and "
            f"{action.delta_v_m_s:g} m/s take {needed_kg:.1f}"
        )
    fire(station, action.vehicle, tuple(jet.name for jet in jets), for_s)
    station.reboosters = [propulsion.thrusters[jet.name] for jet in jets]
    station.reboost_end_ns = station.time_ns + round(for_s * SECOND_NS)


@apply.register
def _(action: Approach, station: Station) -> None:
    station.stack.check(action.vehicle, action.port)
    station.approach = Approaching(
        vehicle=action.vehicle,
        port=action.port,
        from_range_m=action.from_range_m,
        for_s=action.for_s,
    )


@apply.register
def _(action: Dock, station: Station) -> None:
    station.stack.dock(action.vehicle, action.port)
    station.vehicles.arrive(action.vehicle)
    if station.approach is not None and station.approach.vehicle == action.vehicle:
        station.approach.docked = True
    station.restack()


@apply.register
def _(action: Undock, station: Station) -> None:
    station.stack.undock(action.vehicle)
    station.vehicles.leave(action.vehicle)
    if station.approach is not None and station.approach.vehicle == action.vehicle:
        station.approach.left = True
    station.restack()


@apply.register
def _(action: Leak, station: Station) -> None:
    station.holes_mm[action.volume] = action.hole_mm


@apply.register
def _(action: SealLeak, station: Station) -> None:
    station.holes_mm.pop(action.volume, None)


@apply.register
def _(action: BearingWear, station: Station) -> None:
    station.systems.wear(action.cmg, action.per_hour)


@apply.register
def _(action: CmgOff, station: Station) -> None:
    station.control.cmgs[action.cmg - 1] = False
    station.systems.switch_off(action.cmg)


@apply.register
def _(action: Arrays, station: Station) -> None:
    station.feathered = action.mode == "feathered"


def fire(station: Station, vehicle: str, jets: tuple[str, ...], for_s: float) -> None:
    """Open thrusters of a vehicle.

    :raises UsageError: if one of them is not there; then none is opened.
    """
    propulsion = station.vehicles.of(vehicle)
    for name in jets:
        if name not in propulsion.thrusters:
            raise UsageError(f"{vehicle} has no thruster {name!r}")
    for name in jets:
        propulsion.command(name, True, for_s)


def _pulse(station: Station, vehicle: str, jets: tuple[str, ...], for_s: float) -> None:
    """One firing of a programme; a vehicle that has left since does not fire here any more."""
    with suppress(UsageError):
        fire(station, vehicle, jets, for_s)
