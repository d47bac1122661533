import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.physics.smear import smear


@pytest.fixture(scope="module")
def obj():
    return smear((256, 256), seed=5)


def test_the_same_seed_gives_the_same_object():
    first = smear((40, 60), seed=3)
    assert first.shape == (40, 60)
    assert first.dtype == np.complex64
    np.testing.assert_array_equal(first, smear((40, 60), seed=3))
    assert not np.array_equal(first, smear((40, 60), seed=4))


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (7, 3), (130, 61)])
def test_any_size(shape):
    made = smear(shape, seed=0)
    assert made.shape == shape
    assert np.isfinite(made).all()


def test_it_has_the_contrasts_of_real_smears(obj):
    # Quantiles of the fourth blood smear by Fourier ptychography, over its 95th percentile, within the spread
    # of the four images; its phase above the 5th percentile.
    amplitude = np.percentile(np.abs(obj), [25, 50, 75, 99]) / np.percentile(np.abs(obj), 95)
    np.testing.assert_allclose(amplitude, [0.783, 0.855, 0.948, 1.018], atol=0.025)
    phase = np.angle(obj) - np.percentile(np.angle(obj), 5)
    np.testing.assert_allclose(np.percentile(phase, [75, 95]), [0.5, 0.68], atol=0.1)
    assert np.percentile(phase, 99.5) > 1.2


def test_it_is_as_crowded_as_real_smears(obj):
    # The four images have .61 to .64.
    light = np.abs(obj) / np.percentile(np.abs(obj), 95)
    between = (1 + np.percentile(light, 30)) / 2  # half-way from an ordinary cell to the background
    assert 0.57 < np.mean(light < between) < 0.67


def test_cells_absorb_and_delay(obj):
    assert np.corrcoef(np.abs(obj).ravel(), np.angle(obj).ravel())[0, 1] < -0.5


def test_what_is_covered_is_counted():
    from ptygui.physics.smear import _Layer, _red_cells

    layer = _Layer((60, 90))
    for body in _red_cells(layer, np.random.default_rng(2), 17, 0.5):
        layer.add(body)
        assert layer.covered == np.count_nonzero(layer.powers)
    assert 0.5 * 60 * 90 <= layer.covered < 0.8 * 60 * 90


def test_density_zero_is_an_almost_empty_field():
    empty = smear((128, 128), seed=1, density=0)
    assert np.mean(np.abs(np.abs(empty) - 0.93) < 0.05) > 0.9


def test_cell_sets_the_length_scale():
    def correlation_length(made):
        image = np.abs(made) - np.abs(made).mean()
        spectrum = np.abs(np.fft.fft2(image)) ** 2
        correlation = np.fft.ifft2(spectrum).real[0, :64]
        return int(np.argmax(correlation < 0.5 * correlation[0]))

    small, large = (correlation_length(smear((256, 256), seed=2, cell=c)) for c in (12, 36))
    assert 1.5 < large / small < 4


@pytest.mark.parametrize(
    ("shape", "options", "says"),
    [
        ((0, 4), {}, "shape"),
        ((4,), {}, "shape"),
        ((10**6, 10**6), {}, "shape"),
        ((8, 8), {"cell": 1}, "cell is 1"),
        ((8, 8), {"density": 0.95}, "density"),
    ],
)
def test_impossible_smears_are_refused(shape, options, says):
    with pytest.raises(InputError, match=says):
        smear(shape, 0, **options)
