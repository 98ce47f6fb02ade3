"""The smile's spline: against scipy's, on known smiles, and on any quotes at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import make_smoothing_spline

from analytics.indicators.smile_spline import fit_smiles, read_spline, smooth


def fitted(
    z: np.ndarray, y: np.ndarray, error: np.ndarray, scale: float = 0.1
) -> tuple[np.ndarray, int]:
    fits, inside = np.empty((2, len(z))), np.empty(1, np.int64)
    starts, stops = np.array([0]), np.array([len(z)])
    fit_smiles(starts, stops, z, y, error, np.array([scale]), fits, inside)
    return fits, int(inside[0])


def read(z: np.ndarray, fit: np.ndarray, at: np.ndarray) -> np.ndarray:
    found = np.empty((3, len(at)))
    read_spline(z, fit, at, found)
    return found


def least_density(z: np.ndarray, fit: np.ndarray, scale: float) -> float:
    """Durrleman's g (Gatheral 2006, eq. 2.19 as of Roper 2010), the smallest over a fine grid."""
    at = np.linspace(z[0], z[-1], 4001)
    value, slope, curvature = read(z, fit, at)
    k, w, w1, w2 = at * scale, value * scale**2, slope * scale, curvature
    density = (1 - k * w1 / (2 * w)) ** 2 - w1**2 / 4 * (1 / w + 0.25) + w2 / 2
    return float(density.min())


class TestSmoothing:
    @pytest.mark.parametrize("roughness", [1e-3, 1.0, 300.0])
    def test_is_scipys_smoothing_spline(self, roughness: float) -> None:
        rng = np.random.default_rng(1)
        z = np.sort(rng.uniform(-4, 3, 40))
        y, weight = 1 + 0.1 * z**2 + rng.normal(0, 0.1, 40), rng.uniform(0.5, 50, 40)
        fit, work = np.empty((2, 40)), np.empty((6, 40))
        work[4, :-1] = 1 / np.diff(z)
        smooth(z, y, 1 / weight, roughness, 40, work, fit)
        theirs = make_smoothing_spline(z, y, w=weight, lam=roughness)
        at = np.linspace(z[0], z[-1], 200)
        value, slope, curvature = read(z, fit, at)
        np.testing.assert_allclose(value, theirs(at), rtol=0, atol=1e-8)
        np.testing.assert_allclose(slope, theirs.derivative()(at), rtol=0, atol=1e-7)
        np.testing.assert_allclose(curvature, theirs.derivative(2)(at), rtol=0, atol=1e-6)

    def test_beyond_the_quotes_a_wing_is_straight_and_never_falls_outward(self) -> None:
        z = np.linspace(-3, 3, 13)
        for y in (1 + 0.1 * z**2, 1 - 0.05 * z, 1 + 0.05 * z):
            fit, _ = fitted(z, y, np.full(13, 1e-4))
            value, slope, curvature = read(z, fit, np.array([-9.0, -6.0, 6.0, 9.0]))
            assert value[0] >= value[1] - 1e-12
            assert value[3] >= value[2] - 1e-12
            assert slope[0] == slope[1]
            assert slope[2] == slope[3]
            assert (curvature == 0).all()


class TestFit:
    def test_exact_quotes_of_a_smooth_smile_are_met(self) -> None:
        z = np.linspace(-4, 3, 60)
        y = 1 - 0.15 * z + 0.08 * z**2
        fit, inside = fitted(z, y, np.full(60, 1e-3))
        assert inside == 60
        # at its ends a natural spline has no curvature, which costs part of the spread there
        assert np.abs(fit[0] - y)[8:-8].max() < 1e-4

    def test_noise_within_the_quotes_is_smoothed(self) -> None:
        rng = np.random.default_rng(2)
        z = np.linspace(-4, 3, 80)
        truth = 1 - 0.15 * z + 0.08 * z**2
        y = truth + rng.uniform(-0.01, 0.01, 80)
        fit, inside = fitted(z, y, np.full(80, 0.02))
        assert inside == 80
        assert np.abs(fit[0] - truth).mean() < 0.5 * np.abs(y - truth).mean()
        assert least_density(z, fit, 0.1) > 0

    def test_one_quote_out_of_line_bends_nothing(self) -> None:
        z = np.linspace(-4, 3, 60)
        truth = 1 - 0.15 * z + 0.08 * z**2
        y = truth.copy()
        y[20] += 0.3
        fit, inside = fitted(z, y, np.full(60, 0.01))
        assert inside == 59
        assert np.abs(fit[0] - truth)[np.arange(60) != 20].max() < 0.01

    def test_too_few_quotes_give_no_smile(self) -> None:
        z = np.linspace(-1, 1, 4)
        assert fitted(z, np.ones(4), np.full(4, 0.1))[1] == -1

    @settings(max_examples=60, deadline=None)
    @given(
        quotes=st.lists(
            st.tuples(st.floats(0.2, 4.0), st.floats(0.001, 0.5)), min_size=5, max_size=60
        ),
        scale=st.floats(0.003, 0.8),
    )
    def test_whatever_the_quotes_the_density_is_not_negative(
        self, quotes: list[tuple[float, float]], scale: float
    ) -> None:
        y, error = (np.array(column) for column in zip(*quotes, strict=True))
        z = np.linspace(-4, 3, len(y))
        fit, inside = fitted(z, y, error, scale)
        if inside >= 0:
            # between the points checked a cubic can dip by what its curvature allows
            assert least_density(z, fit, scale) > -0.02
            assert (read(z, fit, np.linspace(-8, 6, 500))[0] > 0).all()
