"""The air of a pressurised volume: four gases, a crew, what cleans and feeds it, and a hole.

One well-mixed lump of ideal gas a volume, n in mol:

    p = n R T / V                                             each gas
    dn/dt = made - used - n q / V                             q: what leaves, m3/s
    q = A sqrt(gamma R T / M) (2 / (gamma + 1))^((gamma + 1) / (2 (gamma - 1)))

The last is the choked flow of an isentropic nozzle (any textbook of gas dynamics; outside is
vacuum, so it is always choked). Volumetric flow does not depend on pressure, so a leak alone is the
exponential p0 exp(-q t / V). `hole_mm` is an effective diameter: a real edge passes some 60-85 %.
The air keeps its temperature while it leaks: hull, equipment and fans hold it [A].

Not modelled: mixing between modules of one volume, humidity control, airlocks, gas dissolved or
adsorbed. Water vapour and argon are one gas that only leaks.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from simulators.physics.tanks import GAS_CONSTANT_J_MOL_K, KELVIN

PA_PER_MMHG: Final = 133.322387415
DAY_S: Final = 86_400.0
#: One crew member on an average day: oxygen used, carbon dioxide made (NASA ALS Baseline Values and
#: Assumptions Document, 2004: 0.835 and 0.998 kg).
CREW_O2_KG_D, CREW_CO2_KG_D = 0.835, 0.998
#: Sensible heat of one crew member [A].
CREW_HEAT_W: Final = 90.0
O2_KG_MOL, CO2_KG_MOL = 0.031998, 0.044009
#: Air: ratio of specific heats, molar mass.
GAMMA, AIR_KG_MOL = 1.4, 0.028965
_CHOKED: Final[float] = (2 / (GAMMA + 1)) ** ((GAMMA + 1) / (2 * (GAMMA - 1)))


def leak_m3_s(hole_mm: float, temperature_c: float) -> float:
    """Volume of cabin air that leaves through a hole into vacuum."""
    area_m2 = math.pi / 4 * (hole_mm * 1e-3) ** 2
    sound_m_s = math.sqrt(GAMMA * GAS_CONSTANT_J_MOL_K * (temperature_c + KELVIN) / AIR_KG_MOL)
    return area_m2 * sound_m_s * _CHOKED


@dataclass(slots=True, kw_only=True)
class Cabin:
    """Start values are those of the public feed's captured snapshot (Lab, February 2018).

    scrubber_m3_s: air freed of carbon dioxide. oxygen_set_mmhg: held by making what the crew uses
    and correcting, up to oxygen_max_kg_d; None makes none. Nitrogen is never fed here.
    leakage_kg_d: of the sound hull. temperature_set_c: held by air conditioning with a lag.
    """

    volume_m3: float
    crew: int = 0
    scrubber_m3_s: float = 0.0
    oxygen_set_mmhg: float | None = None
    oxygen_max_kg_d: float = 0.0
    leakage_kg_d: float = 0.0
    temperature_set_c: float = 23.4
    #: Of conditioning against crew heat [A].
    conditioning_w_k: float = 1_000.0
    temperature_tau_s: float = 1_800.0
    temperature_c: float = field(default=math.nan)
    oxygen_mmhg: float = 156.0
    nitrogen_mmhg: float = 574.0
    carbon_dioxide_mmhg: float = 2.25
    other_mmhg: float = 19.55

    def __post_init__(self) -> None:
        if self.volume_m3 <= 0 or self.crew < 0:
            raise ValueError("volume_m3 must be over 0 and crew not below")
        if math.isnan(self.temperature_c):
            self.temperature_c = self.temperature_set_c

    @property
    def pressure_mmhg(self) -> float:
        return self.oxygen_mmhg + self.nitrogen_mmhg + self.carbon_dioxide_mmhg + self.other_mmhg

    @property
    def mmhg_per_mol(self) -> float:
        kelvin = self.temperature_c + KELVIN
        return GAS_CONSTANT_J_MOL_K * kelvin / self.volume_m3 / PA_PER_MMHG

    def step(self, dt_s: float, hole_mm: float = 0.0, activity: float = 1.0) -> None:
        """activity: the crew's metabolism, of an average day's."""
        self._heat(dt_s, activity)
        per_mol = self.mmhg_per_mol
        breathing = self.crew * activity / DAY_S
        self.oxygen_mmhg += (
            (self._oxygen_mol_s() - breathing * CREW_O2_KG_D / O2_KG_MOL) * per_mol * dt_s
        )
        self.carbon_dioxide_mmhg += breathing * CREW_CO2_KG_D / CO2_KG_MOL * per_mol * dt_s
        self.carbon_dioxide_mmhg *= math.exp(-self.scrubber_m3_s * dt_s / self.volume_m3)
        self.oxygen_mmhg = max(self.oxygen_mmhg, 0.0)
        self._leak(dt_s, hole_mm)

    def _heat(self, dt_s: float, activity: float) -> None:
        warm_c = self.crew * CREW_HEAT_W * (activity - 1) / self.conditioning_w_k
        gap_c = self.temperature_set_c + warm_c - self.temperature_c
        change_c = gap_c * -math.expm1(-dt_s / self.temperature_tau_s)
        self._scale(1 + change_c / (self.temperature_c + KELVIN))
        self.temperature_c += change_c

    def _oxygen_mol_s(self) -> float:
        """Made: what an average crew uses, and a correction that takes an hour [A]."""
        if self.oxygen_set_mmhg is None:
            return 0.0
        short_mol = (self.oxygen_set_mmhg - self.oxygen_mmhg) / self.mmhg_per_mol
        wanted = self.crew * CREW_O2_KG_D / DAY_S / O2_KG_MOL + short_mol / 3_600.0
        return min(max(wanted, 0.0), self.oxygen_max_kg_d / DAY_S / O2_KG_MOL)

    def _leak(self, dt_s: float, hole_mm: float) -> None:
        share = 0.0
        if hole_mm > 0:
            share = leak_m3_s(hole_mm, self.temperature_c) / self.volume_m3
        if self.leakage_kg_d > 0 and self.pressure_mmhg > 0:
            air_kg = self.pressure_mmhg / self.mmhg_per_mol * AIR_KG_MOL
            share += self.leakage_kg_d / DAY_S / air_kg
        if share > 0:
            self._scale(math.exp(-share * dt_s))

    def _scale(self, factor: float) -> None:
        self.oxygen_mmhg *= factor
        self.nitrogen_mmhg *= factor
        self.carbon_dioxide_mmhg *= factor
        self.other_mmhg *= factor


def share_air(a: Cabin, b: Cabin, dt_s: float, ventilation_m3_s: float) -> None:
    """An open hatch: pressures equal at once, gases mix by the ventilation through it.

    No mole is lost. Each side keeps its temperature.
    """
    a_capacity, b_capacity = 1 / a.mmhg_per_mol, 1 / b.mmhg_per_mol
    common_mmhg = (a.pressure_mmhg * a_capacity + b.pressure_mmhg * b_capacity) / (
        a_capacity + b_capacity
    )
    high, low = (a, b) if a.pressure_mmhg > b.pressure_mmhg else (b, a)
    moved = 1 - common_mmhg / high.pressure_mmhg if high.pressure_mmhg > 0 else 0.0
    ratio = low.mmhg_per_mol / high.mmhg_per_mol
    # the gap between both sides closes exponentially
    rate_s = ventilation_m3_s * (1 / a.volume_m3 + 1 / b.volume_m3)
    mixed = -math.expm1(-rate_s * dt_s)
    for gas in ("oxygen_mmhg", "nitrogen_mmhg", "carbon_dioxide_mmhg", "other_mmhg"):
        flow_mmhg = getattr(high, gas) * moved
        setattr(high, gas, getattr(high, gas) - flow_mmhg)
        setattr(low, gas, getattr(low, gas) + flow_mmhg * ratio)
        mean = (getattr(a, gas) * a_capacity + getattr(b, gas) * b_capacity) / (
            a_capacity + b_capacity
        )
        setattr(a, gas, getattr(a, gas) + (mean - getattr(a, gas)) * mixed)
        setattr(b, gas, getattr(b, gas) + (mean - getattr(b, gas)) * mixed)
