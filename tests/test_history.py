"""History: all numbers, evenly thinned frames, bounded memory."""

import numpy as np
import pytest

from ptygui.history import History
from ptygui.step import Step


def step(index, total=1000):
    obj = np.zeros((16, 16), np.complex64)
    return Step(index, total, index / 10, 0, obj, obj[:4, :4], misfit=1 / index, noise_floor=0.0)


@pytest.mark.parametrize("spacing", [1, 7])
def test_bounded_even_and_complete(spacing):
    size = step(1).nbytes
    history = History(max_bytes=20 * size)
    indices = list(range(1, 3000, spacing))
    for index in indices:
        history.append(step(index, 3000))
        assert history.nbytes <= 20 * size
        assert history.last.index == index
        assert history.nbytes == sum(f.nbytes for f in history.frames)
    assert history.numbers["index"] == indices
    assert len(history) == len(indices)
    kept = [frame.index for frame in history.frames]
    assert kept[0] == 1
    gaps = np.diff(kept[:-1])  # the newest frame is extra
    assert gaps.max() <= 2 * gaps.min()
    assert len(kept) >= 8


def test_nearest():
    history = History()
    for index in (1, 5, 9):
        history.append(step(index))
    assert [history.nearest(i) for i in (0, 1, 3, 4, 6, 8, 100)] == [0, 0, 0, 1, 1, 2, 2]


def test_step_knows_whether_it_is_the_last():
    assert not step(10, 40).done
    assert step(40, 40).done


def test_pinned_frames_outlast_thinning():
    size = step(1).nbytes
    history = History(max_bytes=12 * size)
    for index in range(1, 2000):
        history.append(step(index, 2000))
        if index in (7, 150, 151, 1200):
            history.pin(index)
        assert len(history.frames) <= 13
    kept = [frame.index for frame in history.frames]
    assert kept == sorted(set(kept))
    assert {1, 7, 150, 151, 1200, 1999} <= set(kept)
    history.pin(150, False)
    history.shrink(0)
    assert [frame.index for frame in history.frames] == [1, 7, 151, 1200, 1999]
    assert history.nbytes == 5 * size
    assert len(history) == 1999


def test_only_what_is_recorded_can_be_pinned():
    history = History()
    history.append(step(3))
    with pytest.raises(ValueError, match="step 4"):
        history.pin(4)


def test_a_pin_on_the_newest_frame_stays():
    history = History(max_bytes=5 * step(1).nbytes)
    for index in range(1, 100):
        history.append(step(index))
        if index == 97:
            history.pin(97)
    assert 97 in [frame.index for frame in history.frames]
    assert history.last.index == 99


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_the_bound_holds_and_nothing_dear_is_lost(seed):
    """Steps of random distance, pins set and lifted, the bound lowered, in random order."""
    rng = np.random.default_rng(seed)
    size = step(1).nbytes
    bound = int(rng.integers(6, 40)) * size
    history, index, seen = History(max_bytes=bound), 0, []
    for _ in range(1500):
        act = rng.random()
        if act < 0.97 or not seen:
            index += int(rng.integers(1, 6))
            history.append(step(index, 10**6))
            seen.append(index)
        elif act < 0.985:
            frame = history.frames[int(rng.integers(len(history.frames)))]
            if len(history.pins) < 3:
                history.pin(frame.index)
            else:
                history.pin(min(history.pins), False)
        elif act < 0.99:
            bound = max(6 * size, bound - size)
            history.shrink(bound)
        kept = [frame.index for frame in history.frames]
        assert kept == sorted(set(kept))
        assert set(kept) <= set(seen)
        assert kept[0] == seen[0]
        assert kept[-1] == seen[-1]
        assert history.pins <= set(kept)
        assert history.nbytes == sum(frame.nbytes for frame in history.frames) <= bound
        assert history.numbers["index"] == seen


@pytest.mark.parametrize("seed", range(8))
def test_thinning_is_even_at_any_pace(seed):
    rng = np.random.default_rng(seed)
    room = int(rng.integers(8, 60))
    history, index = History(max_bytes=room * step(1).nbytes), 0
    for _ in range(int(rng.integers(200, 3000))):
        index += int(rng.integers(1, 4))
        history.append(step(index, 10**6))
    kept = [frame.index for frame in history.frames][:-1]  # the newest is extra
    gaps = np.diff(kept)
    assert len(kept) >= room // 2 - 1
    pace = 6  # what the distance of steps itself varies by, twice
    assert gaps.max() <= 1.5 * np.median(gaps) + pace
    assert gaps.min() >= 0.5 * np.median(gaps) - pace
