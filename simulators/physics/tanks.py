"""Propellant tanks of a pressure-fed ship, and the helium that presses the propellant out.

Two tanks of fuel (UDMH) and two of oxidiser (NTO); helium circuit k serves fuel tank k and oxidiser
tank k through one regulator and check valves, so gas goes into a tank and never back.

    p V = n R T          in each bottle and each tank's ullage
    V_ullage = V_tank - m / rho

What is drawn comes from all tanks in the mixture ratio. Gas that enters takes the tank's
temperature at once and helium bottles stay at theirs [A]: pulses are short, hours lie between. With
the bottles down to regulated pressure the tanks blow down. Not modelled: solubility of helium,
vapour pressure, sloshing, relief valves.
"""

from dataclasses import dataclass
from typing import Final

GAS_CONSTANT_J_MOL_K: Final = 8.314462618
KELVIN: Final = 273.15
#: Oxidiser to fuel, by mass.
MIXTURE_RATIO: Final = 1.85
#: Liquids at 20 deg C (handbook values).
UDMH_KG_M3, NTO_KG_M3 = 790.0, 1_443.0
#: Full load of Soyuz MS in its four tanks (secondary source); a tank keeps 4 % for gas [A].
CAPACITY_KG: Final = 880.0
_FILL: Final = 0.96
#: Behind the regulator, and what the check valves keep of it [A], within the usual 1.5-2 MPa.
REGULATED_MPA, CHECK_VALVE_MPA = 1.82, 0.04
#: Two bottles a circuit [A]. At 24 MPa half of a 34 MPa charge's work has been done.
HELIUM_BOTTLES_M3, HELIUM_MPA = 0.030, 24.0
START_C: Final = 20.0


@dataclass(slots=True, kw_only=True)
class Tank:
    volume_m3: float
    density_kg_m3: float
    liquid_kg: float
    temperature_c: float = START_C
    gas_mol: float = 0.0

    @property
    def ullage_m3(self) -> float:
        return self.volume_m3 - self.liquid_kg / self.density_kg_m3

    @property
    def pressure_mpa(self) -> float:
        heat = GAS_CONSTANT_J_MOL_K * (self.temperature_c + KELVIN)
        return self.gas_mol * heat / self.ullage_m3 * 1e-6

    def gas_for_mol(self, pressure_mpa: float) -> float:
        """What is missing to a pressure; negative when it is higher already."""
        heat = GAS_CONSTANT_J_MOL_K * (self.temperature_c + KELVIN)
        return pressure_mpa * 1e6 * self.ullage_m3 / heat - self.gas_mol


@dataclass(slots=True, kw_only=True)
class Circuit:
    """The bottles and the regulator of one half of the pressurisation."""

    gas_mol: float
    volume_m3: float = HELIUM_BOTTLES_M3
    temperature_c: float = START_C

    @property
    def pressure_mpa(self) -> float:
        heat = GAS_CONSTANT_J_MOL_K * (self.temperature_c + KELVIN)
        return self.gas_mol * heat / self.volume_m3 * 1e-6

    @property
    def regulated_mpa(self) -> float:
        return min(REGULATED_MPA, self.pressure_mpa)


class Tanks:
    """`fuel`, `oxidiser` and `helium` are pairs, by circuit.

    propellant_kg: of both kinds. capacity_kg: sizes tanks and bottles (other ships, same layout).
    """

    def __init__(self, *, propellant_kg: float, capacity_kg: float = CAPACITY_KG) -> None:
        if not 0 < propellant_kg <= capacity_kg:
            raise ValueError(f"propellant_kg must be over 0 and up to {capacity_kg:g}")
        self.fuel = _pair(1 / (1 + MIXTURE_RATIO), UDMH_KG_M3, propellant_kg, capacity_kg)
        self.oxidiser = _pair(
            MIXTURE_RATIO / (1 + MIXTURE_RATIO), NTO_KG_M3, propellant_kg, capacity_kg
        )
        bottles_m3 = HELIUM_BOTTLES_M3 * capacity_kg / CAPACITY_KG
        heat = GAS_CONSTANT_J_MOL_K * (START_C + KELVIN)
        charge_mol = HELIUM_MPA * 1e6 * bottles_m3 / heat
        self.helium = (
            Circuit(gas_mol=charge_mol, volume_m3=bottles_m3),
            Circuit(gas_mol=charge_mol, volume_m3=bottles_m3),
        )

    @property
    def liquid_kg(self) -> float:
        return sum(tank.liquid_kg for tank in (*self.fuel, *self.oxidiser))

    @property
    def feed_mpa(self) -> float:
        """What the engines are fed with: the lowest of the tanks."""
        return min(tank.pressure_mpa for tank in (*self.fuel, *self.oxidiser))

    def draw(self, mass_kg: float) -> None:
        """Take propellant out of all tanks; what is left of one may not go below nothing."""
        for pair, share in (
            (self.fuel, 1 / (1 + MIXTURE_RATIO)),
            (self.oxidiser, MIXTURE_RATIO / (1 + MIXTURE_RATIO)),
        ):
            for tank in pair:
                tank.liquid_kg = max(0.0, tank.liquid_kg - mass_kg * share / 2)
        self.pressurise()

    def pressurise(self) -> None:
        """Let helium into every tank that is below what its circuit can give."""
        for circuit, fuel, oxidiser in zip(self.helium, self.fuel, self.oxidiser, strict=True):
            for tank in (fuel, oxidiser):
                wanted_mol = tank.gas_for_mol(circuit.regulated_mpa - CHECK_VALVE_MPA)
                if wanted_mol > 0:
                    tank.gas_mol += wanted_mol
                    circuit.gas_mol -= wanted_mol

    def warm(self, temperatures_c: tuple[float, float, float, float]) -> None:
        """Set the temperatures of fuel tanks 1 and 2, then oxidiser tanks 1 and 2."""
        for tank, temperature_c in zip((*self.fuel, *self.oxidiser), temperatures_c, strict=True):
            tank.temperature_c = temperature_c
        self.pressurise()


def _pair(
    share: float, density_kg_m3: float, propellant_kg: float, capacity_kg: float
) -> tuple[Tank, Tank]:
    volume_m3 = capacity_kg * share / 2 / density_kg_m3 / _FILL

    def tank() -> Tank:
        one = Tank(
            volume_m3=volume_m3,
            density_kg_m3=density_kg_m3,
            liquid_kg=propellant_kg * share / 2,
        )
        one.gas_mol = one.gas_for_mol(REGULATED_MPA - CHECK_VALVE_MPA)
        return one

    return tank(), tank()
