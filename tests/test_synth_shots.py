from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from anonlab.errors import ParameterError
from anonlab.synth import directing, footage, people, rooms, shots
from anonlab.synth.render.camera import Camera
from anonlab.synth.truth import HIDDEN, OUTSIDE, VISIBLE, box_of, true_person, visibility

TINY = {"image_wh": (192, 144), "clip_wh": (160, 120)}
POSTURES = {1, 3, 11, 12, 14}


@pytest.fixture(scope="module")
def planned() -> list[shots.Shot]:
    return shots.plan("tuning", 3, **TINY)


@pytest.fixture(scope="module")
def shot(planned) -> shots.Shot:
    """Two people in the office, short."""
    found = next(s for s in planned if s.media == "videos" and len(s.focuses) == 2)
    return replace(found, scenario="office", n_frames=17)


@pytest.fixture(scope="module")
def filmed(shot) -> list[footage.Frame]:
    return list(footage.frames(shot, every=8))


def test_an_empty_plan():
    assert shots.plan("test", 1, 0, 0) == []


def test_the_default_evaluation_is_38_images_and_14_clips_over_four_scenarios():
    plan = shots.plan("evaluation", 5)
    counts = Counter((s.media, s.scenario) for s in plan)
    assert [counts["images", name] for name in shots.SCENARIOS] == [10, 10, 9, 9]
    assert [counts["videos", name] for name in shots.SCENARIOS] == [4, 4, 3, 3]
    assert len({s.item for s in plan}) == 52
    assert {s.n_frames for s in plan if s.media == "images"} == {1}
    assert all(100 <= s.n_frames <= 200 for s in plan if s.media == "videos")
    assert set(shots.SCENARIOS) == set(rooms.ROOMS)


def test_all_nine_activities_are_planned_evenly():
    plan = shots.plan("training", 5, 0, 36)
    counts = Counter(s.focuses[0] for s in plan)
    assert set(counts) == set(shots.FOCUSES)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_some_clips_begin_or_end_empty():
    plan = [s for s in shots.plan("evaluation", 5) if s.media == "videos"]
    assert sum(s.entering for s in plan) >= 2
    assert sum(s.leaving for s in plan) >= 2


def test_unknown_splits_are_refused():
    with pytest.raises(ParameterError, match="training"):
        shots.plan("trainig", 1)


def test_shots_can_be_pickled(planned):
    assert pickle.loads(pickle.dumps(planned)) == planned


def test_no_two_shots_of_any_splits_share_random_numbers():
    everything = [s for split in shots.SPLITS for s in shots.plan(split, 5, 12, 12)]
    states = {tuple(s.sequence(part).generate_state(4)) for s in everything for part in (1, 2, 3)}
    assert len(states) == 3 * len(everything)


def test_people_of_different_splits_are_different():
    gear = people.Gear()
    drawn = {
        split: {
            people.identity(s.rng(3, number), gear)
            for s in shots.plan(split, 5, 12, 6)
            for number in range(len(s.focuses))
        }
        for split in shots.SPLITS
    }
    for a in shots.SPLITS:
        for b in shots.SPLITS:
            assert a == b or not drawn[a] & drawn[b]


def test_a_plan_depends_on_its_seed_alone():
    assert shots.plan("test", 5, 4, 4) == shots.plan("test", 5, 4, 4)
    assert shots.plan("test", 5, 4, 4) != shots.plan("test", 6, 4, 4)


def test_frames_are_the_same_however_many_are_made(shot, filmed):
    sparse = list(footage.frames(shot, every=16))
    for ours, theirs in zip(sparse, filmed[::2], strict=True):
        assert ours.index == theirs.index
        np.testing.assert_array_equal(ours.image, theirs.image)
        for a, b in zip(ours.persons, theirs.persons, strict=True):
            np.testing.assert_array_equal(a.keypoints, b.keypoints)
            np.testing.assert_array_equal(a.mask, b.mask)


def test_frames_have_the_shapes_they_promise(shot, filmed):
    assert [frame.index for frame in filmed] == [0, 8, 16]
    for frame in filmed:
        assert frame.image.shape == (shot.height, shot.width, 3)
        assert frame.image.dtype == np.uint8
        for person in frame.persons:
            assert person.keypoints.shape == (133, 2)
            assert person.visibility.shape == (133,)
            assert person.mask.shape == (shot.height, shot.width)


def test_every_person_in_every_frame_has_one_posture(filmed):
    for frame in filmed:
        for person in frame.persons:
            assert len(POSTURES & set(person.actions)) == 1


def test_masks_of_two_persons_share_no_pixel(filmed):
    assert any(len(frame.persons) == 2 for frame in filmed)
    for frame in filmed:
        assert sum(person.mask.astype(int) for person in frame.persons).max() <= 1


def test_what_is_seen_of_a_person_is_in_its_box_or_close(shot, filmed):
    """Joints lie inside the body, but a covered one can lie just outside what is left to see."""
    for frame in filmed:
        for person in frame.persons:
            points = person.keypoints[person.visibility == VISIBLE]
            x0, y0, x1, y1 = person.box_xyxy
            inside = (points >= [x0 - 3, y0 - 3]).all(1) & (points <= [x1 + 3, y1 + 3]).all(1)
            assert inside.mean() > 0.95


def test_a_person_that_covers_nothing_is_not_there():
    camera = Camera((0, 1, 3), (0, 1, 0), 50, 8, 6)
    nothing = np.zeros((6, 8), np.float32)
    assert true_person(0, np.zeros((133, 3), np.float32), nothing, nothing, camera, (12,)) is None


def test_the_box_of_one_pixel_is_one_pixel():
    mask = np.zeros((6, 8), bool)
    mask[2, 3] = True
    np.testing.assert_array_equal(box_of(mask), [3, 2, 4, 3])


def test_visibility_before_behind_and_outside():
    wall = np.full((6, 8), 0.5, np.float32)  # two metres away
    points = np.tile([4.0, 3.0, 1.9], (133, 1))
    assert (visibility(points, wall, (8, 6)) == VISIBLE).all()
    assert (visibility(points + np.array([0, 0, 1.0]), wall, (8, 6)) == HIDDEN).all()
    assert (visibility(points + np.array([9, 0, 0]), wall, (8, 6)) == OUTSIDE).all()


@pytest.mark.parametrize("scenario", shots.SCENARIOS)
def test_people_are_where_they_can_be(planned, scenario):
    """On a floor or at a place, and not within another person."""
    room = rooms.build(scenario)
    for s in [s for s in planned if s.scenario == scenario and s.media == "videos"]:
        scene = directing.direct(s)
        for seconds in np.arange(0.0, s.n_frames / s.fps, 0.4):
            spots = [performer.motion.base(performer.offset + seconds)[0] for performer in scene.performers]
            for at in spots:
                assert _on_floor(room, at) or min(_away(at, p.stand) for p in room.places) < 0.5
            if len(spots) == 2:
                assert _away(spots[0], spots[1]) > 0.5


def _away(a, b) -> float:
    return float(np.linalg.norm(np.asarray(a) - np.asarray(b)))


def _on_floor(room, at) -> bool:
    return any(
        x0 - 0.1 <= at[0] <= x1 + 0.1 and z0 - 0.1 <= at[1] <= z1 + 0.1 for x0, z0, x1, z1 in room.floors
    )


def test_an_entering_person_is_not_seen_at_first(planned):
    entering = next(s for s in planned if s.entering)
    first = next(footage.frames(entering))
    assert first.persons == ()
