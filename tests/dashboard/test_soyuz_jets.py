"""The drawing and the physics have the same ship."""

import numpy as np

from dashboard.soyuz_jets import JETS
from simulators.physics.thruster import load_jets


def test_the_drawn_thrusters_are_those_that_are_flown() -> None:
    flown = {jet.name: jet for jet in load_jets("soyuz-ms")}
    assert [jet.name for jet in JETS] == list(flown)
    for jet in JETS:
        other = flown[jet.name]
        assert (jet.group, jet.manifold) == (other.group, other.manifold)
        assert tuple(np.sign(other.position_m)[1:]) == (jet.y, jet.z)
        assert tuple(other.direction) == jet.force


def test_each_says_the_way_it_pushes() -> None:
    assert [jet.way for jet in JETS[:8:2]] == ["+Y", "-Y", "-Z", "+Z"]
