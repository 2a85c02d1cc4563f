"""Many slow, bounded random wanderings at once: what a model does not explain, it lets wander.

Each is a sum of two sines whose phases diffuse: unit variance, autocorrelation of a damped cosine,
and never beyond 1.95, as measured quantities of a controlled system do not stray for ever. What
they stand for (switched loads, crew, heat) is no part of any model [A].
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Shares of the variance: the slow sine and the fast one.
_WEIGHTS: Final = np.sqrt(2 * np.array([0.65, 0.35]))
#: The fast sine's period, of the slow one's: no ratio of small numbers.
_FAST: Final = 0.29
#: Coherence, in periods: after so long a phase is forgotten.
_COHERENCE: Final = 1.5


class Wanderings:
    """periods_s: of the slow sine of each. Step on whole seconds only: each step draws."""

    def __init__(self, periods_s: Sequence[float], draw: np.random.Generator) -> None:
        periods = np.outer(np.array(periods_s), [1.0, _FAST])
        self._draw = draw
        self._rate = 2 * math.pi / periods
        self._diffusion = np.sqrt(2 / (_COHERENCE * periods))
        self._phase: NDArray[np.float64] = draw.random((len(periods), 2))
        self._phase *= 2 * math.pi
        self.values: list[float] = []
        self._look()

    def step(self, dt_s: float) -> None:
        noise = self._draw.standard_normal(self._phase.shape)
        self._phase += self._rate * dt_s + self._diffusion * (math.sqrt(dt_s) * noise)
        self._look()

    def _look(self) -> None:
        self.values = (np.sin(self._phase) @ _WEIGHTS).tolist()
