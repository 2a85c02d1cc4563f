"""The ranges of one subsystem's parameters as arrays, judged in a few numpy operations. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from telemetry.limit import LEVELS, Band, Severity

Levels = NDArray[np.int8]


class LimitTable:
    """Bands by severity: float64 `low` and `high` of shape (4, parameters), open sides infinite."""

    def __init__(self, bands: Sequence[Mapping[Severity, Band]]) -> None:
        shape = (len(LEVELS), len(bands))
        self.low = np.full(shape, -np.inf)
        self.high = np.full(shape, np.inf)
        #: The narrowest of each: what is within breaks none.
        self._low, self._high = self.low[0].copy(), self.high[0].copy()
        for column, by_severity in enumerate(bands):
            self.put(column, by_severity)

    def put(self, column: int, by_severity: Mapping[Severity, Band]) -> None:
        """Judge one parameter by these bands from now on."""
        self.low[:, column], self.high[:, column] = -np.inf, np.inf
        for row, severity in enumerate(LEVELS):
            band = by_severity.get(severity)
            if band is not None and band.low is not None:
                self.low[row, column] = band.low
            if band is not None and band.high is not None:
                self.high[row, column] = band.high
        self._low[column] = self.low[:, column].max(initial=-np.inf)
        self._high[column] = self.high[:, column].min(initial=np.inf)

    def within(
        self, values: NDArray[np.float64], columns: NDArray[np.intp] | slice = slice(None)
    ) -> bool:
        """Whether `levels` would be 0 for each, in as few operations as numpy can."""
        outside = values < self._low[columns]
        outside |= values > self._high[columns]
        return not np.count_nonzero(outside)

    def levels(
        self,
        values: NDArray[np.float64],
        columns: NDArray[np.intp] | slice = slice(None),
        inset: NDArray[np.float64] | float = 0.0,
    ) -> Levels:
        """The severity of each value, int8 of the shape of `values`.

        values: shape (..., columns). inset: shape (columns,), how far inside its band a value
        must be to count as in limits. Values on a limit are in limits; NaN is in limits.
        """
        levels = np.zeros(values.shape, np.int8)
        outside = (values < self._low[columns] + inset) | (values > self._high[columns] - inset)
        # a frame may have but one sample: `any` would take as long as all the rest
        if not np.count_nonzero(outside):
            return levels
        low, high = self.low[:, columns] + inset, self.high[:, columns] - inset
        # Levels nest, so the most severe one broken is the last row broken.
        for row, severity in enumerate(LEVELS):
            levels[(values < low[row]) | (values > high[row])] = severity
        return levels


def level_of(bands: Mapping[Severity, Band], value: float) -> Severity:
    """The severity of one value: what `LimitTable` says, one parameter at a time."""
    worst = Severity.NOMINAL
    for severity, band in bands.items():
        below = band.low is not None and value < band.low
        if below or (band.high is not None and value > band.high):
            worst = max(worst, severity)
    return worst
