import math

import numpy as np
import pytest
import torch

from ptygui.errors import InputError
from ptygui.physics.smear import smear
from ptygui.training import patches
from ptygui.training.patches import (
    Crops,
    channels_of,
    held_out_block,
    phase_background,
    training_image,
    unseen_crops,
    validation_crops,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_background_is_what_lies_under_the_cells():
    rows, columns = np.mgrid[:256, :256] / 256
    slow = 1.2 * rows - 0.8 * columns**2
    cells = np.zeros((256, 256))
    cells[10::40, 10::40] = 1.0  # well below a quarter of the pixels
    left = phase_background(slow + cells) - slow
    assert np.std(left) < 0.08  # of a slope with a standard deviation of 0.42
    assert abs(np.mean(left)) < 0.1


def test_flattening_takes_the_slope_and_keeps_the_cells():
    obj = smear((256, 256), seed=0, background=0)
    ramp = np.exp(2j * np.linspace(0, 1, 256))[None, :]
    flat, tilted = training_image(obj), training_image(obj * ramp)
    assert (flat[1] - tilted[1]).std() < 0.1
    assert flat[1].std() > 0.2
    assert abs(float(flat[1].quantile(0.25))) < 0.1
    kept = training_image(obj * ramp, flatten=False)
    assert kept[1].std() > flat[1].std() + 0.2


def test_wrapped_phase_is_unwrapped():
    rows, columns = np.mgrid[:64, :64] / 64
    phase = 9 * np.exp(-((rows - 0.5) ** 2 + (columns - 0.5) ** 2) / 0.05)
    image = training_image(np.exp(1j * phase), flatten=False)
    assert float(image[1].max() - image[1].min()) == pytest.approx(np.ptp(phase), abs=0.01)


def test_the_held_out_block():
    rows, columns = held_out_block((512, 512))
    assert (rows.start, rows.stop) == (384, 512)
    assert (columns.start, columns.stop) == (307, 512)
    assert held_out_block((352, 256)) is None


def test_no_crop_touches_the_held_out_block_or_leaves_the_image():
    image = torch.zeros(2, 420, 460)
    image[:, *held_out_block((420, 460))] = 1000.0
    # Outside the image grid_sample gives zeros; the amplitude is lifted so that they would show.
    image = image + 1.0
    crops = Crops([image], size=96, gain=0.0)
    for seed in range(6):
        drawn = crops.draw(32, generator(seed))
        torch.testing.assert_close(drawn, torch.ones_like(drawn), rtol=0, atol=1e-4)


def test_without_holdout_the_block_is_used():
    image = torch.zeros(2, 420, 460)
    image[:, *held_out_block((420, 460))] = 1.0
    assert Crops([image], size=96, holdout=False).draw(64, generator())[:, 0].max() > 0.5


def test_turned_crops_keep_the_picture():
    # A plane of known slope: after any turn and zoom its gradient has the length step × slope.
    rows, columns = torch.meshgrid(torch.arange(300.0), torch.arange(320.0), indexing="ij")
    image = torch.stack((rows, columns)) / 100
    drawn = Crops([image], size=64, exact=0.0, gain=0.0, holdout=False).draw(16, generator())
    for crop in drawn:
        gy, gx = (100 * g for g in torch.gradient(crop[0], dim=(0, 1)))
        step = math.hypot(float(gy.mean()), float(gx.mean()))
        assert 1 / 1.34 < step < 1.34
        assert float(gy.std()) < 0.06  # no seam and no edge; the kernel itself ripples a little


def test_exact_crops_are_pieces_of_the_image():
    image = torch.rand(2, 40, 40, generator=generator(1)) + 1
    drawn = Crops([image], size=40, exact=1.0, gain=0.0).draw(16, generator())
    turns = [torch.rot90(m, k, (1, 2)) for m in (image, image.flip(2)) for k in range(4)]
    assert all(any(torch.allclose(crop, turn, atol=1e-3) for turn in turns) for crop in drawn)
    assert sum(any(torch.allclose(crop, turn, atol=1e-3) for crop in drawn) for turn in turns) > 4


def test_half_of_the_exact_crops_lie_along_a_side_of_the_image():
    image = torch.zeros(2, 200, 300)
    image[:, [0, -1]], image[:, :, [0, -1]] = 1.0, 1.0
    drawn = Crops([image], size=32, exact=1.0, gain=0.0).draw(400, generator())[:, 0]
    outermost = torch.cat((drawn[:, [0, -1]], drawn[:, :, [0, -1]].mT), 1)
    along = (outermost.mean(-1) > 0.9).any(-1)
    assert 0.42 < float(along.float().mean()) < 0.62
    drawn = Crops([image], size=32, exact=1.0, edge=0.0, gain=0.0).draw(400, generator())[:, 0]
    assert float((drawn.amax((-2, -1)) > 0.5).float().mean()) < 0.06


def test_a_crop_as_large_as_its_image_still_works():
    assert Crops([torch.rand(2, 32, 32)], size=32).draw(8, generator()).shape == (8, 2, 32, 32)


def test_weights_choose_the_image():
    images = [torch.full((2, 32, 32), v) for v in (1.0, 2.0)]
    drawn = Crops(images, weights=[0.0, 1.0], size=16, gain=0.0).draw(8, generator())
    torch.testing.assert_close(drawn, torch.full_like(drawn, 2.0))


def test_gain_and_jitter_stay_within_their_bounds():
    image = torch.ones(2, 32, 32)
    drawn = Crops([image], size=16).draw(200, generator(), phase_jitter=0.3)
    assert drawn[:, 0].std() == pytest.approx(0.03, rel=0.3)
    assert 0.25 < float((drawn[:, 1] - 1).abs().max()) <= 0.3001


def test_the_same_generator_draws_the_same_crops():
    crops = Crops([training_image(smear((160, 160), 0))], size=64)
    assert torch.equal(crops.draw(4, generator(2)), crops.draw(4, generator(2)))


def test_too_small_an_image_is_refused():
    with pytest.raises(InputError, match="32x200"):
        Crops([torch.rand(2, 32, 200)], size=64)
    with pytest.raises(InputError, match="--no-holdout"):
        Crops([torch.rand(2, 420, 420)], size=400)


def test_channels_put_the_quantiles_on_one():
    image = torch.stack((torch.linspace(0.2, 1.0, 10_000), torch.linspace(-1, 3, 10_000))).view(2, 100, 100)
    c = channels_of([image])
    assert c.amplitude_centre == pytest.approx(0.6, abs=1e-3)
    assert c.amplitude_scale == pytest.approx(0.4, rel=0.01)
    assert c.phase_scale == pytest.approx(2.0, rel=0.01)
    # An image that is never drawn does not count.
    other = channels_of([image, 50 * image], weights=[1.0, 0.0])
    assert other.phase_scale == pytest.approx(c.phase_scale, rel=1e-3)


def test_validation_crops_come_from_the_block():
    image = torch.zeros(2, 512, 512)
    image[:, *held_out_block((512, 512))] = 1.0
    crops = validation_crops([image, torch.zeros(2, 300, 300)], 96)
    assert crops.shape == (2, 2, 96, 96)
    assert crops.min() == 1.0
    assert validation_crops([torch.zeros(2, 300, 300)], 96).shape == (0, 2, 96, 96)


def test_unseen_crops_take_as_many_of_each_object_and_are_always_the_same():
    grey = {
        "one": np.full((40, 40), 0.2 + 0j),
        "three": np.stack([np.full((34, 36), a + 0j) for a in (0.4, 0.6, 0.8)]),
    }
    crops = unseen_crops(grey, 32)
    assert crops.shape == (40, 2, 32, 32)
    amplitudes = [round(a, 3) for a in crops[:, 0, 16, 16].tolist()]
    assert [amplitudes.count(a) for a in (0.2, 0.4, 0.6, 0.8)] == [20, 7, 7, 6]
    assert torch.equal(crops, unseen_crops(grey, 32))


def test_unseen_crops_are_pieces_of_their_object():
    obj = smear((34, 34), 1)
    crops = unseen_crops({"a": obj}, 32, flatten=False)
    whole = training_image(obj, flatten=False)
    places = [(r, c) for r in range(3) for c in range(3)]
    pieces = torch.stack([whole[:, r : r + 32, c : c + 32] for r, c in places])
    turned = [p for k in range(4) for p in (pieces.rot90(k, (2, 3)), pieces.rot90(k, (2, 3)).flip(3))]
    for crop in crops:
        away = (torch.cat(turned) - crop).abs().amax((1, 2, 3))
        assert away.min() < 1e-4


def test_too_small_an_object_to_validate_on_is_named():
    with pytest.raises(InputError, match=r"tiny, to validate on, is 20x40 px"):
        unseen_crops({"tiny": np.ones((20, 40), complex)}, 32)


def test_quantiles_of_many_images_are_of_some_of_their_rows(monkeypatch):
    images = [training_image(smear((96, 96), s)) for s in range(4)]
    whole = channels_of(images)
    monkeypatch.setattr(patches, "_MOST_SORTED", 4 * 96 * 96 // 3)
    part = channels_of(images)
    assert part != whole
    assert part.amplitude_centre == pytest.approx(whole.amplitude_centre, rel=0.1)
    assert part.phase_scale == pytest.approx(whole.phase_scale, rel=0.1)
