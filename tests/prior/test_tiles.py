import pytest
import torch

from ptygui.prior.prior import load_prior
from ptygui.prior.tiles import WHOLE, in_tiles, tile_by_tile


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(2, 128, 128), (3, 2, 40, 160), (2, WHOLE, WHOLE)])
def test_a_small_canvas_goes_straight_through(shape):
    seen = []

    def clean(x):
        seen.append(x)
        return x

    x = noise(*shape)
    work = tile_by_tile(clean, x)
    with pytest.raises(StopIteration) as done:
        next(work)
    assert seen[0] is x
    assert done.value.value is x


@pytest.mark.parametrize(
    "shape", [(2, 161, 161), (2, 504, 300), (2, 40, 512), (3, 2, 200, 170), (2, 2, 2, 333, 90)]
)
def test_weights_sum_to_one_and_every_pixel_is_seen(shape):
    x = noise(*shape)
    torch.testing.assert_close(in_tiles(lambda tiles: 2 * tiles, x), 2 * x, rtol=1e-5, atol=1e-5)


def test_tiles_have_the_training_size_and_come_a_few_at_a_time():
    sizes = []

    def clean(tiles):
        sizes.append(tuple(tiles.shape))
        return tiles

    work = tile_by_tile(clean, noise(3, 2, 150, 400))
    assert sum(1 for _ in work) == len(sizes)
    assert all(s[1:] == (3, 2, 150, 128) for s in sizes)  # a side of 150 px is not cut
    assert max(s[0] for s in sizes) * 3 <= 8
    assert sum(s[0] for s in sizes) == 4


def test_neighbours_share_a_quarter_and_seams_are_smooth():
    """Tiles that answer with numbers of their own meet without a step."""
    places = iter(range(100))

    def clean(tiles):
        return torch.stack([torch.full_like(tile, float(next(places) % 2)) for tile in tiles])

    out = in_tiles(clean, noise(2, 128, 600))
    row = out[0, 5]
    assert row.min() == 0
    assert row.max() == 1
    assert row.diff().abs().max() < 0.08  # a jump would be 1
    assert (row == 0.0).sum() + (row == 1.0).sum() < 0.8 * 600


def test_tiling_commutes_with_a_local_denoiser(prior_folder):
    """What depends on each pixel alone is the same by tiles and at once."""
    x = noise(2, 2, 300, 170)
    torch.testing.assert_close(in_tiles(torch.tanh, x), torch.tanh(x), rtol=1e-5, atol=1e-6)


def test_the_same_canvas_gives_the_same_estimate(prior_folder, precision):
    prior = load_prior(prior_folder)
    x = noise(2, 200, 130)
    once, again = (in_tiles(lambda t: prior.denoise(t, 0.3), x) for _ in range(2))
    assert torch.equal(once, again)
    assert torch.isfinite(once).all()


def test_gradients_flow_through_tiles_as_through_the_whole(prior_folder):
    prior = load_prior(prior_folder)
    x = noise(2, 168, 40).requires_grad_(True)
    v = noise(2, 168, 40, seed=1)
    out = in_tiles(lambda t: prior.x0_hat(t, 0.5), x)
    (gradient,) = torch.autograd.grad((out * v).sum(), x)
    with torch.no_grad():
        direction, h = gradient / gradient.norm(), 0.05
        value = lambda x: (in_tiles(lambda t: prior.x0_hat(t, 0.5), x) * v).double().sum()  # noqa: E731
        slope = (value(x + h * direction) - value(x - h * direction)) / (2 * h)
    assert float(slope) == pytest.approx(float(gradient.norm()), rel=0.05)
    torch.testing.assert_close(in_tiles(torch.sin, x), torch.sin(x), rtol=1e-5, atol=1e-6)
    (plain,) = torch.autograd.grad(in_tiles(torch.sin, x).sum(), x)
    torch.testing.assert_close(plain, x.detach().cos(), rtol=1e-5, atol=1e-5)


def test_tiles_are_computed_again_rather_than_kept():
    """Memory does not grow with the number of tiles: their graph is made on the way back."""
    calls = []

    def clean(x):
        calls.append(torch.is_grad_enabled())
        return x.sin()

    x = noise(2, 128, 1000).requires_grad_(True)
    out = in_tiles(clean, x)
    forward = len(calls)
    out.sum().backward()
    assert len(calls) == 2 * forward
