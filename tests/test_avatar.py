"""The method avatar: nothing of the original stays where a person was, nothing changes far from there, fail closed."""

from __future__ import annotations

import pickle
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from anonlab import masks, methods
from anonlab.methods import clips, plain, regions
from anonlab.methods.avatar import (
    Avatar,
    background,
    bounds,
    composing,
    drawing,
    identities,
    order,
    patches,
    surroundings,
    tracks,
)
from anonlab.methods.clips import Clip, Frame
from anonlab.models.contracts import DeepPose, Image, Persons
from anonlab.synth.avatar import draw
from anonlab.synth.avatar import fit as avatar_fit
from anonlab.synth.body import Pose
from anonlab.synth.meshes import Mesh
from tests.test_avatar_retarget import points_of, rest

H, W = 120, 160
GROW = 0.02


@dataclass(frozen=True)
class Standing:
    """Sees somebody who stands in every box, as tall as the box; or nobody's points at all."""

    fault: str = ""

    def estimate(self, image: Image, boxes_xyxy: np.ndarray, hints: np.ndarray | None = None) -> DeepPose:
        del image, hints
        poses = DeepPose.none(len(boxes_xyxy))
        for row, (x0, y0, x1, y1) in enumerate(boxes_xyxy):
            points = points_of(rest())
            scale = (y1 - y0) / (np.ptp(points[:, 1]) + 0.2)
            body = points * [scale, -scale, -scale]
            body += [(x0 + x1) / 2 - body[:, 0].mean(), y1 - 2 - body[:, 1].max(), 0]
            unfit = self.fault == "nan" or (self.fault == "second" and row > 0)
            poses.body[row] = np.nan if unfit else body
            poses.scores[row] = 0.0 if self.fault == "unseen" else 0.9
            if self.fault == "collapsed":
                poses.body[row] = body[0]
        return poses


class Counting:
    """The same; counts how often it was asked."""

    def __init__(self) -> None:
        self.n_looks = 0

    def estimate(self, image: Image, boxes_xyxy: np.ndarray, hints: np.ndarray | None = None) -> DeepPose:
        self.n_looks += 1
        return Standing().estimate(image, boxes_xyxy, hints)


def method(fault: str = "", secret: bytes = b"a secret") -> Avatar:
    return Avatar(grow_frac=GROW, secret=secret, estimator=Standing(fault))


EVERYWHERE = np.ones((H, W), np.float32)


def room(seed: int = 0, gray: bool = False) -> Image:
    """Something with structure at every scale."""
    rng = np.random.default_rng(seed)
    layers = [cv2.resize(rng.uniform(0, 255, (H // k + 2, W // k + 2, 3)), (W, H)) for k in (1, 8, 32)]
    image = np.mean(layers, axis=0).astype(np.uint8)
    return np.repeat(image[..., :1], 3, axis=2) if gray else image


def people(*boxes: tuple[int, int, int, int]) -> Persons:
    """Persons who fill their boxes, which may reach over the picture's border."""
    if not boxes:
        return Persons.none(H, W)
    found = np.zeros((len(boxes), H, W), bool)
    for mask, (x0, y0, x1, y1) in zip(found, boxes, strict=True):
        mask[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = True
    xyxy = np.array(boxes, np.float32)
    return Persons(xyxy, np.ones(len(boxes), np.float32), found, np.full_like(xyxy, np.nan))


ONE = (60, 15, 96, 105)


def spoiled(image: Image, hidden: np.ndarray) -> Image:
    """The picture with a colour in its hole that is nowhere else."""
    return np.where(hidden[..., None], np.array([250, 20, 20], np.uint8), image)


PLACES = {
    "inside": [ONE],
    "two": [ONE, (100, 25, 132, 105)],
    "overlapping": [ONE, (80, 20, 112, 110)],
    "left": [(-16, 15, 20, 105)],
    "bottom": [(60, 60, 100, 170)],
    "corner": [(140, 90, 176, 190)],
    "one pixel": [(80, 60, 81, 61)],
    "two pixels": [(80, 60, 82, 61)],
    "everything": [(0, 0, W, H)],
}


def run(image: Image, found: Persons, how: Avatar | None = None, seed: int = 0) -> clips.Result:
    (result,) = (how or method()).clip(clips.single(image, found), np.random.default_rng(seed))
    return result


@pytest.mark.parametrize("gray", [False, True])
def test_with_nobody_there_the_picture_stays_as_it_is(gray: bool) -> None:
    image = room(gray=gray)
    result = run(image, people())
    np.testing.assert_array_equal(result.image, image)
    assert result.counts == {"avatar": 0, "fallback": 0, "nobody": 0}


@pytest.mark.parametrize("fault", ["", "nan"])
@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_inside_every_pixel_differs_and_far_outside_none_does(place: str, gray: bool, fault: str) -> None:
    image, found = room(gray=gray), people(*PLACES[place])
    before = image.copy()
    result = run(image, found, method(fault))
    changed = (result.image != image).any(axis=2)
    covered = regions.covered(found, "body", GROW)
    assert changed[covered].all()
    reach = (bounds.REACH + GROW) * found.long_sides_px().max() + 4
    assert not (changed & ~masks.grow(found.masks.any(axis=0), reach)).any()
    np.testing.assert_array_equal(image, before)
    assert result.image.dtype == np.uint8
    assert result.image.shape == image.shape
    if gray:
        assert (result.image == result.image[..., :1]).all()
    assert sum(result.counts.values()) == len(found)


def test_a_picture_may_lie_in_memory_in_any_order() -> None:
    image, found = room(), people(ONE)
    turned = np.asfortranarray(image)
    np.testing.assert_array_equal(run(turned, found).image, run(image, found).image)


@pytest.mark.parametrize("fault", ["nan", "unseen", "collapsed"])
def test_who_cannot_be_fitted_is_blurred(fault: str) -> None:
    image, found = room(), people(ONE)
    result = run(image, found, method(fault))
    assert result.counts == {"avatar": 0, "fallback": 1, "nobody": 0}
    strength = {"sigma_frac": composing.FALLBACK_SIGMA_FRAC}
    blurred = plain.blur(image, found, np.random.default_rng(1), grow_frac=GROW, **strength)
    inside = regions.covered(found, "body", GROW)
    assert np.abs(result.image[inside].astype(int) - blurred[inside]).max() <= 2


def test_a_second_mask_that_is_blurred_brings_nobody_back() -> None:
    found = people(ONE, (56, 11, 104, 109))
    image, other = room(), room()
    x0, y0, x1, y1 = ONE
    other[y0:y1, x0:x1] = (250, 20, 20)
    results = [run(each, found, method("second")) for each in (image, other)]
    assert [each.counts for each in results] == [{"avatar": 1, "fallback": 1, "nobody": 0}] * 2
    assert np.abs(results[0].image.astype(int) - results[1].image).max() <= 2


@pytest.mark.parametrize("mask_ends", [105, 62])
def test_legs_that_the_points_lack_are_drawn_only_where_the_mask_has_some(mask_ends: int) -> None:
    found, image = people(ONE), room()
    mask = found.masks[0].copy()
    mask[mask_ends:] = False
    pose = Standing().estimate(image, found.boxes_xyxy)
    pose.scores[:, 25:] = 0.0  # knees and below
    (area,) = regions.find(found, "body", GROW)
    look = surroundings.measured(image, found.masks[0], found.boxes_xyxy[0])
    empty = image.copy()
    empty[:55] = 255 - image[:55]
    below_as_ever = background.Room(image, empty, EVERYWHERE, EVERYWHERE, 0.0)
    one = bounds.Target(pose, area, mask)
    drawn = drawing.sprite(identities.person(b"k", 0), one, look, below_as_ever)
    assert drawn is not None
    assert (drawn.alpha[75 - drawn.window.y0 :].max() > 0.5) == (mask_ends == 105)


def test_whoever_is_found_twice_gets_one_avatar() -> None:
    once, twice = people(ONE), people(ONE, ONE)
    results = [run(room(), found) for found in (once, twice)]
    assert results[1].counts == {"avatar": 2, "fallback": 0, "nobody": 0}
    np.testing.assert_array_equal(results[0].image, results[1].image)


def test_whoever_is_fitted_is_counted_as_an_avatar() -> None:
    assert run(room(), people(*PLACES["two"])).counts == {"avatar": 2, "fallback": 0, "nobody": 0}


def test_nothing_of_a_person_shows_in_the_result() -> None:
    """Two people who look different in the same place give the same picture."""
    image, found = room(), people(ONE)
    other = image.copy()
    inside = found.masks[0]
    other[inside] = np.random.default_rng(5).integers(0, 255, (int(inside.sum()), 3))
    a, b = run(image, found).image.astype(int), run(other, found).image.astype(int)
    assert np.abs(a - b).max() <= 2, "only the noise that hides equal pixels may differ"


def test_the_same_secret_gives_the_same_pixels_and_another_one_somebody_else() -> None:
    image, found = room(), people(ONE)
    first, again = run(image, found).image, run(image, found).image
    np.testing.assert_array_equal(first, again)
    other = run(image, found, method(secret=b"another")).image
    assert np.abs(first.astype(int) - other).mean(axis=2)[found.masks[0]].mean() > 3


def moving(n: int = 8) -> Clip:
    """Somebody who walks to the right in front of a wall."""
    wall = room(3)

    def frames() -> Iterator[Frame]:
        for k in range(n):
            found = people((10 + 12 * k, 20, 42 + 12 * k, 100))
            image = wall.copy()
            image[found.masks[0]] = (0, 255, 0)
            yield Frame(image, found, np.array([4]))

    return Clip(frames, 25.0, "walk")


def test_in_a_clip_the_wall_comes_back_and_the_avatar_walks() -> None:
    results = list(method().clip(moving(), np.random.default_rng(0)))
    assert [each.counts["avatar"] for each in results] == [1] * 8
    wall = room(3).astype(int)
    for each in results:
        clear = np.abs(each.image.astype(int) - wall).max(axis=2) <= 3
        assert clear[each.frame.persons.masks[0]].mean() > 0.2, "the wall is seen beside the avatar"
        theirs = np.abs(each.image.astype(int) - (0, 255, 0)).max(axis=2) < 60
        assert theirs.sum() <= 3, "nothing of the original is left; the wall may have such a pixel"


def passing() -> Clip:
    """The same, and then nobody for as long."""

    def frames() -> Iterator[Frame]:
        yield from moving().frames()
        yield from [Frame(room(3), people(), np.zeros(0, np.intp))] * 8

    return replace(moving(), frames=frames)


@pytest.mark.parametrize("n_unsure", [0, 30])
def test_in_a_clip_whoever_stands_behind_a_desk_has_no_legs_on_it(n_unsure: int) -> None:
    """The mask reaches over the desk; what is seen there does not change, and frames that tell nothing do not count."""
    wall, desk = room(3), slice(76, 90)

    def frames() -> Iterator[Frame]:
        for frame in passing().frames():
            image = frame.image.copy()
            image[desk] = wall[desk]
            yield frame._replace(image=image)
        yield from [Frame(wall, people(), np.zeros(0, np.intp), unsure=True)] * n_unsure

    results = list(method().clip(replace(moving(), frames=frames), np.random.default_rng(0)))
    for each in results[:8]:
        off = np.abs(each.image.astype(int) - wall).max(axis=2)
        assert off[desk][3:-3].max() <= 3, "the desk is in front"
        legs = off[90:98][each.frame.persons.masks[0][90:98]]
        assert (legs > 20).mean() > 0.1, "and legs are seen below it"


@pytest.mark.parametrize("is_held", [True, False])
def test_in_a_clip_nobody_is_drawn_where_a_held_mask_shows_the_room(is_held: bool) -> None:
    """A mask in which somebody was seen is never doubted."""
    wall = room(3)

    def frames() -> Iterator[Frame]:
        for k, frame in enumerate(passing().frames()):
            yield frame._replace(image=wall.copy(), held=np.array([is_held])) if k == 4 else frame

    results = list(method().clip(replace(moving(), frames=frames), np.random.default_rng(0)))
    assert [each.counts["nobody"] for each in results[:8]] == [0, 0, 0, 0, int(is_held), 0, 0, 0]
    assert [each.counts["avatar"] for each in results[:8]] == [1, 1, 1, 1, int(not is_held), 1, 1, 1]
    assert (np.abs(results[4].image.astype(int) - wall).max() <= 3) == is_held
    inside = regions.covered(results[4].frame.persons, "body", GROW)
    assert (results[4].image != wall).any(axis=2)[inside].all(), "and no pixel is as it was, all the same"


def test_in_a_clip_whoever_is_seen_gets_an_avatar_even_after_being_missed_for_most_of_it() -> None:
    image = spoiled(room(), people(ONE).masks[0])

    def frames() -> Iterator[Frame]:
        for k in range(20):
            here = people() if k < 15 else people(ONE)
            yield Frame(image, here, np.zeros(len(here), np.intp))

    results = list(method().clip(Clip(frames, 25.0, "rest"), np.random.default_rng(0)))
    assert [each.counts["avatar"] for each in results] == [0] * 15 + [1] * 5


@pytest.mark.parametrize("missed_from", [0, 75, 97])
def test_in_a_clip_whoever_rests_and_is_missed_now_and_then_is_not_taken_for_the_room(
    missed_from: int,
) -> None:
    """In three of forty frames the mask lacks the person, or the feet."""
    red = np.array([250, 20, 20], np.uint8)
    image = spoiled(room(), people(ONE).masks[0])

    def frames() -> Iterator[Frame]:
        for k in range(40):
            found = people(ONE)
            if k < 3:
                found.masks[0, missed_from:] = False
            here = found if found.masks.any() else people()
            yield Frame(image, here, np.zeros(len(here), np.intp))

    for result in list(method().clip(Clip(frames, 25.0, "rest"), np.random.default_rng(0)))[3:]:
        assert result.counts == {"avatar": 1, "fallback": 0, "nobody": 0}
        left = np.abs(result.image.astype(int) - red).max(axis=2) < 40
        assert left[people(ONE).masks[0]].mean() < 0.01


def test_in_a_clip_whoever_rests_and_is_missed_and_held_has_legs_drawn_over_the_legs() -> None:
    """Missed in a fifth of the frames, and held in half of them: what looks still there may be the person."""
    red = np.array([250, 20, 20], np.uint8)
    image, mask = spoiled(room(), people(ONE).masks[0]), people(ONE).masks[0]

    def frames() -> Iterator[Frame]:
        for k in range(40):
            here = people(ONE) if k >= 8 else people()
            held = np.full(len(here), k % 5 > 1)
            yield Frame(image, here, np.zeros(len(here), np.intp), held)

    legs = mask & (np.arange(H) >= 75)[:, None]
    for result in list(method().clip(Clip(frames, 25.0, "rest"), np.random.default_rng(0)))[10:37]:
        assert result.counts["avatar"] == 1
        left = np.abs(result.image.astype(int) - red).max(axis=2) < 40
        assert left[legs].mean() < 0.8


def test_in_a_clip_clothes_like_the_wall_hide_nobody_who_rests() -> None:
    """What is behind somebody who never leaves was made up, and is no evidence."""
    image = np.full((H, W, 3), 100, np.uint8)
    image[people(ONE).masks[0]] = 102
    clip = Clip(lambda: iter([Frame(image, people(ONE), np.array([0]))] * 8), 25.0, "rest")
    for result in method().clip(clip, np.random.default_rng(0)):
        assert result.counts == {"avatar": 1, "fallback": 0, "nobody": 0}


def with_held(clip: Clip, held: set[int]) -> Clip:
    """The clip, its person not seen but held in some frames: the mask is larger then."""

    def frames() -> Iterator[Frame]:
        for k, frame in enumerate(clip.frames()):
            found = frame.persons
            if k in held:
                x0, y0, x1, y1 = found.boxes_xyxy[0].astype(int)
                found = people((x0 - 8, y0 - 8, x1 + 8, y1 + 8))
            yield frame._replace(persons=found, held=np.array([k in held]))

    return replace(clip, frames=frames)


def test_who_is_held_between_two_sights_is_an_avatar_and_beyond_them_blurred() -> None:
    results = list(method().clip(with_held(moving(), {0, 3, 4, 7}), np.random.default_rng(0)))
    assert [each.counts["avatar"] for each in results] == [0, 1, 1, 1, 1, 1, 1, 0]
    assert [each.counts["fallback"] for each in results] == [1, 0, 0, 0, 0, 0, 0, 1]
    for each in results:
        inside = regions.covered(each.frame.persons, "body", GROW)
        assert (each.image != each.frame.image).any(axis=2)[inside].all()


def test_points_are_looked_for_in_every_second_frame_of_a_usual_clip() -> None:
    counting = Counting()
    how = Avatar(grow_frac=GROW, estimator=counting, secret=b"a secret")
    clip = moving(9)
    assert len(list(how.clip(clip, np.random.default_rng(0)))) == 9
    assert counting.n_looks == 5
    assert len(list(how.clip(replace(clip, fps=10.0), np.random.default_rng(0)))) == 9
    assert counting.n_looks == 5 + 9


@pytest.mark.parametrize(("elsewhere", "avatars"), [(False, 2), (True, 1)])
def test_what_was_taken_for_somebody_who_stands_elsewhere_is_blurred(elsewhere: bool, avatars: int) -> None:
    found = people(ONE, ONE)
    if elsewhere:
        found.masks[1] = np.roll(found.masks[1], ONE[2] - ONE[0], axis=1)
    result = run(room(), found)
    assert result.counts == {"avatar": avatars, "fallback": 2 - avatars, "nobody": 0}


def test_who_is_seen_is_fitted_to_where_it_is_seen_whatever_else_is_held() -> None:
    """Points that do not fill what is seen are not those of that person, even if they would fill what is held."""
    usual = people(ONE, ONE)
    wide = usual.masks.copy()
    wide[1] = True
    tracks_, held = np.array([4, 5]), np.array([True, False])
    before = Frame(room(), usual, tracks_)
    for masks_, counts in (
        (usual.masks, {"avatar": 2, "fallback": 0, "nobody": 0}),
        (wide, {"avatar": 0, "fallback": 2, "nobody": 0}),
    ):
        frame = Frame(room(), replace(usual, masks=masks_), tracks_, held)
        clip = Clip(lambda frame=frame: iter([before, before, frame, before, before]), 25.0, "twice")
        assert list(method().clip(clip, np.random.default_rng(0)))[2].counts == counts


def test_a_method_of_pictures_and_one_of_items_are_run_alike() -> None:
    clip = moving(2)
    blur = methods.anonymizer("blur", {}, "body", GROW)
    for how in (blur, method()):
        results = list(clips.results(how, clip, np.random.default_rng(0)))
        assert len(results) == 2
        assert all((each.image != each.frame.image).any() for each in results)


def test_the_method_is_registered_and_travels() -> None:
    made = methods.anonymizer("avatar", {}, "body", 0.02)
    assert pickle.loads(pickle.dumps(made)) == made
    assert methods.fingerprint("blur", {}) == ""


class TestLoose:
    """Which pieces of an avatar hang on nothing; the window is not the whole picture."""

    WINDOW = regions.Window(5, H - 4, 8, W - 6)
    BODY = (slice(20, 100), slice(20, 60))
    PIECE = (slice(104, 110), slice(64, 72))
    RIM = (slice(102, 112), slice(62, 74))

    def found(self, *parts: tuple[slice, slice], hand: bool = False, **scores: float) -> np.ndarray:
        """The left wrist lies in the piece, and the right index finger too if it has a score; others are outside."""
        drawn = np.zeros((H, W), bool)
        body = np.full((33, 3), 50.0)
        body[[0, 1, 2, 3], :2] = [
            [-5, 50],
            [50, -5],
            [W - 2, 50],
            [50, H - 2],
        ]  # beyond each side of the window
        trust = np.full(33, 0.9)
        body[15], trust[15] = [68, 107, 0], scores.get("wrist", 0.2)
        if "index" in scores:
            body[20], trust[20] = body[15], scores["index"]
        for part in parts:
            drawn[part] = True
        seen = avatar_fit.Seen(body, trust, None, (np.zeros((21, 3)) if hand else None, None))
        out = np.zeros_like(drawn)
        out[self.WINDOW.at] = bounds.loose(drawn[self.WINDOW.at], seen, self.WINDOW)
        return out

    @pytest.mark.parametrize("scores", [{}, {"index": 0.75}])
    def test_the_hand_of_an_arm_that_is_hidden_is_left_out_and_nothing_else(
        self, scores: dict[str, float]
    ) -> None:
        left_out = self.found(self.BODY, self.PIECE, **scores)
        assert left_out[self.PIECE].all()
        left_out[self.RIM] = False
        assert not left_out.any()

    @pytest.mark.parametrize(("wrist", "hand"), [(0.9, False), (0.5, False), (0.2, True)])
    def test_one_that_was_seen_stays(self, wrist: float, hand: bool) -> None:
        assert not self.found(self.BODY, self.PIECE, wrist=wrist, hand=hand).any()

    def test_what_lies_between_points_stays(self) -> None:
        assert not self.found(self.BODY, (slice(30, 34), slice(90, 98))).any()

    @pytest.mark.parametrize(("rows", "gone"), [(7, True), (11, False)])
    def test_a_large_part_stays(self, rows: int, gone: bool) -> None:
        """The body has 3,200 pixels, so 168 are a twentieth."""
        part = (slice(104, 104 + rows), slice(60, 76))
        assert self.found(self.BODY, part).any() == gone

    def test_the_largest_part_stays_however_many_there_are(self) -> None:
        pieces = [(slice(y, y + 4), slice(x, x + 4)) for y in range(10, 100, 8) for x in range(10, 60, 8)]
        assert not self.found(*pieces, (slice(104, 110), slice(64, 73))).any()

    def test_a_body_in_one_piece_and_no_body_lose_nothing(self) -> None:
        assert not self.found(self.BODY).any()
        assert not self.found().any()

    def test_of_an_arm_that_is_hidden_an_avatar_has_no_hand_in_the_air(self, monkeypatch) -> None:
        """Nothing along the arm was seen, and the mask shows the hand of somebody else where it ends."""
        person = people(ONE)
        person.masks[0, :, :70] = person.masks[0, :, 86:] = False  # an outline, no box
        person.masks[0, 38:50, 107:117] = True
        pose = Standing().estimate(room(), person.boxes_xyxy)
        pose.body[0, [15, 17, 19, 21], :2] = (110, 42)
        pose.body[0, 13, :2] = (98, 38)
        pose.scores[0, [13, 15, 17, 19, 21]] = 0.2
        found = [self._hand(person, pose)]
        monkeypatch.setattr(bounds, "LOOSE", 0.0)
        assert [each > 0.2 for each in (*found, self._hand(person, pose))] == [False, True]

    @staticmethod
    def _hand(person: Persons, pose: DeepPose) -> float:
        """The largest alpha near the hand."""
        (area,) = regions.find(person, "body", GROW)
        target = bounds.Target(pose, area, person.masks[0])
        drawn = drawing.sprite(identities.person(b"any", 0), target, surroundings.Look(), None)
        assert drawn is not None
        alpha = np.zeros((H, W), np.float32)
        alpha[drawn.window.at] = drawn.alpha
        return float(alpha[36:52, 105:119].max())


@pytest.mark.parametrize(
    ("columns", "is_box", "fits"), [((60, 96), True, True), ((60, 96), False, False), ((70, 86), False, True)]
)
def test_an_avatar_has_to_fill_an_outline_and_less_of_a_box(
    columns: tuple[int, int], is_box: bool, fits: bool
) -> None:
    person = people(ONE)
    person.masks[0, :, : columns[0]] = person.masks[0, :, columns[1] :] = False
    person.masks[0, 38:50, 107:117] = not is_box
    (area,) = regions.find(person, "body", GROW)
    pose = Standing().estimate(room(), person.boxes_xyxy)
    target = bounds.Target(pose, area, person.masks[0])
    drawn = drawing.sprite(identities.person(b"any", 0), target, surroundings.Look(), None)
    assert (drawn is not None) == fits


class TestInFront:
    """Where something is taken to stand in front of a person, by where it looks still."""

    WINDOW = regions.Window(0, H, 0, W)

    def found(
        self,
        still: np.ndarray,
        box: tuple[int, int, int, int] = ONE,
        gap: slice = slice(0, 0),
        score: float = 0.9,
        **fields: bool,
    ) -> np.ndarray:
        person = people(box)
        pose = Standing().estimate(room(), person.boxes_xyxy)
        pose.scores[0, 25:] = score  # knees and below
        (area,) = regions.find(person, "body", GROW)
        person.masks[0, gap] = False
        target = bounds.Target(pose, area, person.masks[0], **fields)
        seen = avatar_fit.Seen(pose.body[0], pose.scores[0])
        return bounds.in_front(seen, target, self.WINDOW, still)

    @staticmethod
    def rows(first: int, end: int) -> np.ndarray:
        still = np.zeros((H, W), bool)
        still[first:end] = True
        return still

    def test_a_desk_hides_legs_and_no_more(self) -> None:
        desk = self.rows(78, 88)
        front = self.found(desk)
        assert front[78:88, 64:92].all()
        assert not front[~desk].any()

    def test_a_desk_hides_legs_where_the_mask_ends_at_it_and_goes_on_below(self) -> None:
        assert self.found(self.rows(78, 84), gap=slice(78, 84))[78:84, 64:92].all()

    def test_what_is_above_the_hips_hides_nothing(self) -> None:
        assert not self.found(self.rows(20, 50)).any()

    def test_trousers_like_the_room_hide_nothing(self) -> None:
        narrow = self.rows(60, 110)
        narrow[100:] = False
        assert not self.found(narrow).any()
        assert not self.found(narrow, (75, 15, 81, 105)).any()

    @pytest.mark.parametrize("score", [0.9, 0.1])
    def test_a_thin_line_hides_nothing(self, score: float) -> None:
        assert not self.found(self.rows(80, 82), score=score, is_seen=score > 0.5).any()

    def test_of_somebody_who_is_held_all_that_looks_still_hides_legs(self) -> None:
        front = self.found(self.rows(0, H), is_seen=False)
        assert front[80:, :].mean() > 0.8
        assert not front[:50].any()

    def test_an_arm_in_front_of_legs_is_not_behind_anything(self) -> None:
        person = people(ONE)
        pose = Standing().estimate(room(), person.boxes_xyxy)
        pose.body[0, [15, 16, 19, 20], :2] = (78, 84)  # hands hang before the thighs
        (area,) = regions.find(person, "body", GROW)
        seen = avatar_fit.Seen(pose.body[0], pose.scores[0])
        target = bounds.Target(pose, area, person.masks[0])
        front = bounds.in_front(seen, target, self.WINDOW, self.rows(76, 90))
        assert not front[82:87, 77:80].any()
        assert front[84:88, 64:68].all()

    def test_the_floor_below_feet_at_the_border_hides_nothing(self) -> None:
        assert not self.found(self.rows(115, H), (60, 25, 96, 115)).any()

    def test_a_trunk_that_points_at_the_camera_tells_nothing_of_legs(self) -> None:
        body = np.zeros((33, 3), np.float32)
        body[:, 1] = 50
        body[[23, 24], 1] = 53
        seen = avatar_fit.Seen(body, np.ones(33, np.float32))
        assert not bounds.below_hips(seen, self.WINDOW, 90).any()
        assert bounds.below_hips(seen, self.WINDOW, 20).any()


class TestOrder:
    @staticmethod
    def sprite(box: tuple[int, int, int, int], distance: float, score: float) -> drawing.Sprite:
        found = people(box)
        pose = Standing().estimate(room(), found.boxes_xyxy)
        pose.scores[:] = score
        (area,) = regions.find(found, "body", GROW)
        full = np.ones(area.mask.shape, np.float32)
        target = bounds.Target(pose, area, found.masks[0])
        colour = np.zeros((*area.mask.shape, 3), np.float32)
        return drawing.Sprite(area.window, colour, full, full, area.mask, distance, target)

    @pytest.mark.parametrize(
        ("scores", "last"), [((0.9, 0.4), 0), ((0.4, 0.9), 1), ((0.8, 0.8), 1), ((0.8, 0.75), 1)]
    )
    def test_whose_points_were_hidden_is_behind_and_else_the_farther_one(
        self, scores: tuple[float, float], last: int
    ) -> None:
        far, near = (
            self.sprite(box, metres, score)
            for box, metres, score in zip((ONE, (60, 20, 100, 115)), (4.2, 4.1), scores, strict=True)
        )
        assert order.back_to_front(dict(enumerate([far, near]))) == [1 - last, last]
        assert order.back_to_front(dict(enumerate([near, far]))) == [last, 1 - last]

    def test_apart_from_each_other_only_the_distance_counts(self) -> None:
        sprites = [
            self.sprite(box, metres, 0.1 * metres)
            for box, metres in zip(((10, 20, 40, 100), (100, 25, 132, 105)), (3.0, 5.0), strict=True)
        ]
        assert order.back_to_front(dict(enumerate(sprites))) == [1, 0]

    def test_of_a_ring_anybody_may_be_first_but_not_who_hides_them(self, monkeypatch) -> None:
        sprites = {
            name: self.sprite(ONE, metres, 0.9) for name, metres in enumerate((9.0, 4.0, 3.0, 2.0))
        }  # 0 hides 1, which hides 2, which hides 3, which hides 1
        pairs = {(id(sprites[one]), id(sprites[two])) for one, two in ((0, 1), (1, 2), (2, 3), (3, 1))}
        monkeypatch.setattr(order, "hides", lambda one, other: (id(one), id(other)) in pairs)
        drawn = order.back_to_front(sprites)
        assert sorted(drawn) == [0, 1, 2, 3]
        assert drawn.index(0) > drawn.index(1)
        assert sum(drawn.index(one) < drawn.index(two) for one, two in ((1, 2), (2, 3), (3, 1))) == 1


class TestIdentities:
    def test_the_secret_is_made_once_for_the_owner_alone(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.delenv(identities.VARIABLE, raising=False)
        path = tmp_path / "secrets" / "avatar"
        first = identities.secret(path)
        assert len(first) == 32
        assert identities.secret(path) == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert identities.secret(tmp_path / "other") != first

    def test_once_forgotten_it_is_another(self, tmp_path: Path) -> None:
        path = tmp_path / "avatar"
        first = identities.secret(path)
        path.write_bytes(b"somebody else's")
        assert identities.secret(path) == first, "the same for as long as the process runs"
        identities.forget(path)
        assert not path.exists()
        assert identities.secret(path) not in (first, b"somebody else's")
        identities.forget(tmp_path / "never there")

    def test_a_variable_takes_its_place(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv(identities.VARIABLE, "given")
        assert identities.secret(tmp_path / "none") == b"given"
        assert not (tmp_path / "none").exists()

    def test_only_a_hash_is_told(self) -> None:
        assert identities.fingerprint(b"a") == identities.fingerprint(b"a") != identities.fingerprint(b"b")
        assert b"a secret".hex() not in identities.fingerprint(b"a secret")

    def test_tracks_of_an_item_are_different_people(self) -> None:
        cast = identities.cast(b"k", "item", range(identities.CAST))
        assert len(set(cast.values())) == identities.CAST
        assert identities.cast(b"k", "item", [3, 1]) == identities.cast(b"k", "item", [1, 3])
        others = [identities.cast(b"k", f"item {n}", [0])[0] for n in range(20)]
        assert len(set(others)) > 5


def track_of(frames: range, x: float = 50.0, noise: float = 0.0) -> tracks.Track:
    rng, made = np.random.default_rng(0), tracks.Track()
    for frame in frames:
        box = np.float32([x, 10, x + 30, 100])
        pose = Standing().estimate(room(), box[None])
        pose.body[:] += rng.normal(0, noise, pose.body.shape)
        made.add(frame, box, pose)
    return made


class TestTracks:
    def test_a_short_gap_does_not_change_the_person(self) -> None:
        found = {0: track_of(range(10)), 1: track_of(range(15, 25)), 2: track_of(range(15, 25), x=5)}
        assert tracks.linked(found, fps=25) == {0: 0, 1: 0, 2: 2}

    def test_a_long_gap_does(self) -> None:
        found = {0: track_of(range(10)), 1: track_of(range(60, 70))}
        assert tracks.linked(found, fps=25) == {0: 0, 1: 1}

    def test_people_who_are_there_at_once_are_two(self) -> None:
        found = {0: track_of(range(10)), 1: track_of(range(5, 15), x=62)}
        assert tracks.linked(found, fps=25) == {0: 0, 1: 1}

    def test_whoever_is_seen_twice_at_once_is_one(self) -> None:
        found = {3: track_of(range(10)), 5: track_of(range(5, 15), x=51), 7: track_of(range(5, 15), x=90)}
        assert tracks.linked(found, fps=25) == {3: 3, 5: 3, 7: 7}

    def test_two_people_who_are_there_at_once_stay_two_whoever_stands_between(self) -> None:
        between = track_of(range(5, 6), x=53)
        found = {0: track_of(range(10)), 1: track_of(range(10), x=70), 2: between}
        assert tracks.linked(found, fps=25)[0] != tracks.linked(found, fps=25)[1]

    def test_points_that_rest_stay_and_jitter_goes(self) -> None:
        still, noisy = track_of(range(30)), track_of(range(30), noise=1.0)
        calm = tracks.smoothed(still, 25)
        np.testing.assert_allclose(calm[15].body, still.poses[15].body, atol=1e-3)
        truth = still.poses[0].body
        left = np.mean([np.abs(pose.body - truth).mean() for pose in tracks.smoothed(noisy, 25).values()])
        assert left < 0.5 * np.mean([np.abs(pose.body - truth).mean() for pose in noisy.poses])

    def test_points_go_on_through_a_short_gap(self) -> None:
        track = tracks.Track()
        for frame in (*range(0, 10, 2), *range(16, 26, 2)):
            one = track_of(range(1), x=50 + 2 * frame)
            track.add(frame, one.boxes[0], one.poses[0])
        track.last = 25
        found = tracks.smoothed(track, 25)
        assert sorted(found) == list(range(26))
        for frame, pose in found.items():
            expected = track_of(range(1), x=50 + 2 * frame).poses[0].body[0, :, 0]
            assert np.abs(pose.body[0, :, 0] - expected).max() < 4, frame

    def test_points_are_not_made_up_in_a_long_gap(self) -> None:
        track = tracks.Track()
        for frame in (*range(10), *range(90, 100)):
            one = track_of(range(1))
            track.add(frame, one.boxes[0], one.poses[0])
        assert np.isnan(tracks.smoothed(track, 25)[50].body).all()

    def test_tracks_of_one_person_become_one_and_the_longer_one_says(self) -> None:
        seen = {0: track_of(range(10)), 1: track_of(range(8, 12), x=52), 2: track_of(range(3), x=5)}
        found = tracks.joined(seen, {0: 0, 1: 0, 2: 2})
        assert {person: (one.frames, one.last) for person, one in found.items()} == {
            0: (list(range(12)), 11),
            2: ([0, 1, 2], 2),
        }
        assert [box[0] for box in found[0].boxes] == [50.0] * 10 + [52.0] * 2

    def test_an_image_is_left_alone(self) -> None:
        one = track_of(range(1), noise=3)
        np.testing.assert_array_equal(tracks.smoothed(one, 0)[0].body, one.poses[0].body)


class TestBackground:
    def test_the_plate_is_what_is_seen_when_nobody_is_in_front(self) -> None:
        wall, sampler = room(7), background.Sampler()
        for k in range(10):
            image, hidden = wall.copy(), np.zeros((H, W), bool)
            hidden[:, 15 * k : 15 * k + 30] = True
            image[hidden] = 255
            sampler.add(background.Sample(image, hidden, hidden))
        np.testing.assert_array_equal(sampler.plate().image, wall)

    def test_a_long_clip_is_sampled_evenly(self) -> None:
        sampler = background.Sampler()
        for k in range(500):
            nobody = np.zeros((4, 4), bool)
            sampler.add(background.Sample(np.full((4, 4, 3), k % 256, np.uint8), nobody, nobody))
        assert len(sampler.samples) <= background.MAX_SAMPLES
        assert sampler.every == 16

    def test_a_moved_camera_is_noticed(self) -> None:
        hole = np.zeros((H, W), bool)
        hole[40:60, 40:60] = True
        image = np.full((H, W, 3), 220, np.uint8)
        plate = background.Plate(np.full((H, W, 3), 20, np.uint8), EVERYWHERE, EVERYWHERE)
        known = background.room(image, hole, plate)
        assert known is None
        assert background.behind(image, hole, known)[50, 50, 0] > 200

    def test_a_room_without_people_is_in_the_light_of_the_picture(self) -> None:
        bare, hidden = room(3) // 2, np.zeros((H, W), bool)
        hidden[40:80, 40:60] = True
        image = bare + np.array([10, 4, 7], np.uint8)
        seen = np.where(hidden[..., None], np.uint8(255), image)
        known = background.room(seen, hidden, background.Plate(bare, EVERYWHERE, EVERYWHERE))
        assert known is not None
        np.testing.assert_array_equal(background.behind(seen, hidden, known), image)
        still = known.still(self.WINDOW, is_seen=True)
        assert not still[hidden].any()
        assert still[~masks.grow(hidden, background.STILL_PX)].all()

    @pytest.mark.parametrize("light", [9, -9])
    def test_light_ends_at_black_and_white(self, light: int) -> None:
        bare, hidden = np.random.default_rng(0).integers(0, 256, (H, W, 3), np.uint8), np.zeros((H, W), bool)
        hidden[40:80, 40:60] = True
        image = np.clip(bare.astype(int) + light, 0, 255).astype(np.uint8)
        known = background.room(image, hidden, background.Plate(bare, EVERYWHERE, EVERYWHERE))
        assert known is not None
        np.testing.assert_array_equal(background.behind(image, hidden, known), image)

    WINDOW = regions.Window(0, H, 0, W)

    @pytest.mark.parametrize("noise", [0.0, 1.0, 4.0])
    def test_noise_changes_no_room_and_a_person_in_the_dark_does(self, noise: float) -> None:
        rng = np.random.default_rng(0)
        image = np.clip(np.rint(20 + noise * rng.standard_normal((H, W, 3))), 0, 255).astype(np.uint8)
        hidden = people(ONE).masks[0]
        image[hidden] += np.uint8(6 + 6 * noise)
        plate = background.Plate(np.full((H, W, 3), 20, np.uint8), EVERYWHERE, EVERYWHERE)
        known = background.room(image, hidden, plate)
        assert known is not None
        assert not known.shows_nobody(hidden, self.WINDOW)
        assert known.still(self.WINDOW, is_seen=True)[~masks.grow(hidden, background.STILL_PX)].mean() > 0.99

    def test_a_pattern_is_not_its_mean(self) -> None:
        image = np.full((H, W, 3), 128, np.uint8)
        image[::2, ::2], image[1::2, ::2] = 254, 2
        known = background.Room(image, np.full_like(image, 128), EVERYWHERE, EVERYWHERE, 1.0)
        assert not known.still(self.WINDOW, is_seen=True)[:, : W // 2].any()

    @pytest.mark.parametrize(("n_pixels", "nobody"), [(0, True), (5, True), (30, False)])
    def test_nobody_is_where_hardly_anything_changed(self, n_pixels: int, nobody: bool) -> None:
        empty = np.full((H, W, 3), 100, np.uint8)
        image = empty.copy()
        image[:n_pixels, :n_pixels] = 200
        known = background.Room(image, empty, EVERYWHERE, EVERYWHERE, 0.0)
        assert known.shows_nobody(np.ones((H, W), bool), self.WINDOW) == nobody

    def test_a_spot_is_known_when_it_was_clear_for_some_time(self) -> None:
        """A frame in which somebody is only held there tells nothing to those who are seen there now."""
        sampler, wall = background.Sampler(), room()
        for k in range(40):
            hidden, seen = np.zeros((H, W), bool), np.zeros((H, W), bool)
            hidden[:, :20], hidden[:, 20:40], hidden[:, 40:60] = k >= 3, k >= 12, k >= 12
            hidden[:, 60:80], hidden[:, 80:100] = k >= 20, k >= 21
            seen[:, :20], seen[:, 20:40], seen[:, 40:60] = k >= 3, k >= 12, k >= 16
            sampler.add(background.Sample(np.where(hidden[..., None], np.uint8(250), wall), hidden, seen))
        plate = sampler.plate()
        for found, shares in (
            (plate.clear, (0, 12, 12, 20, 21, 40)),
            (plate.vacant, (0, 12, 12 * 40 / 36, 40, 40, 40)),
        ):
            np.testing.assert_allclose(found[0, [0, 20, 40, 60, 80, 100]], np.array(shares) / 40, rtol=1e-6)
        np.testing.assert_array_equal(
            (plate.image == wall).all(axis=2), np.broadcast_to(np.arange(W) >= 20, (H, W))
        )
        here = background.Room(wall, wall, plate.clear, plate.vacant, 0.0)
        for is_seen, first in ((True, 40), (False, 60)):
            expected = np.broadcast_to(np.arange(W) >= first, (H, W))
            np.testing.assert_array_equal(here.still(self.WINDOW, is_seen), expected)
        for first, nobody in ((60, False), (80, True)):
            assert here.shows_nobody(np.broadcast_to(np.arange(W) >= first, (H, W)), self.WINDOW) == nobody

    @pytest.mark.parametrize("hole", [(0, H, 0, 40), (30, 90, 40, 120), (119, 120, 0, W), (50, 51, 70, 71)])
    def test_a_hole_in_a_plain_wall_is_wall(self, hole: tuple[int, int, int, int]) -> None:
        hidden = np.zeros((H, W), bool)
        hidden[hole[0] : hole[1], hole[2] : hole[3]] = True
        image = np.full((H, W, 3), (90, 120, 60), np.uint8)
        image[hidden] = (255, 0, 255)
        filled = patches.complete(image, hidden)
        assert np.abs(filled.astype(int) - (90, 120, 60)).max() <= 1

    @pytest.mark.parametrize("hole", [np.s_[30:90, 50:100], np.s_[:, 2:], np.s_[:, :]])
    def test_what_is_in_the_hole_does_not_matter(self, hole: tuple[slice, slice]) -> None:
        hidden = np.zeros((60, 80) if hole[1].start == 2 else (H, W), bool)
        hidden[hole] = True
        one = room(1)[: len(hidden), : hidden.shape[1]]
        other = np.where(hidden[..., None], np.uint8(7), one)
        np.testing.assert_array_equal(patches.complete(one, hidden), patches.complete(other, hidden))

    @pytest.mark.parametrize("upright", [True, False])
    def test_what_ends_at_a_hole_goes_on_in_it(self, upright: bool) -> None:
        image = np.full((H, W, 3), 190, np.uint8)
        image[20:70, 30:130], image[70:] = 50, 120  # a dark window in a wall, and a floor
        hidden = np.zeros((H, W), bool)
        hidden[40:80, 60:100] = True
        if not upright:
            image, hidden = (np.ascontiguousarray(each.swapaxes(0, 1)) for each in (image, hidden))
        apart = np.abs(patches.complete(spoiled(image, hidden), hidden).astype(int) - image)[hidden]
        assert (apart > 30).mean() < 0.04

    def test_a_thin_strip_is_filled(self) -> None:
        image, hidden = np.full((5, 900, 3), 90, np.uint8), np.zeros((5, 900), bool)
        hidden[:, 100:800] = True
        assert (patches.complete(spoiled(image, hidden), hidden) == 90).all()

    def test_pieces_say_less_the_farther_inside_they_lie_but_never_nothing(self) -> None:
        hidden = np.zeros((3, 1000), bool)
        hidden[:, 1:] = True
        trust = patches._trust(hidden)[1]
        assert trust[0] == 1
        assert (np.diff(trust) <= 0).all()
        assert trust[1] / trust[2] == pytest.approx(patches.FADING, rel=0.05)
        assert trust[-1] > 0

    def test_a_picture_that_is_all_hole_is_gray(self) -> None:
        assert (patches.complete(room(), np.ones((H, W), bool)) == 128).all()


class TestComposing:
    @pytest.mark.parametrize(("x", "y"), [(60, 40), (0, 0), (W - 30, H - 50), (70, 0)])
    def test_a_frame_put_together_where_it_changes_is_the_whole_frame(self, x: int, y: int) -> None:
        mask = np.zeros((H, W), bool)
        mask[y : y + 50, x : x + 30] = True
        one = Persons(
            np.float32([[x, y, x + 30, y + 50]]), np.ones(1, np.float32), mask[None], np.full((1, 4), np.nan)
        )
        (area,) = regions.find(one, "body", 0.02)
        ground = composing.Ground(room(3), {0: area}, regions.covered(one, "body", 0.15), None)
        covered = np.zeros((H, W), bool)
        covered[area.window.at] = area.mask
        window = composing._touched(ground, [])
        part = composing._without_people(ground, covered, window)
        whole = composing._without_people(ground, covered, regions.Window(0, H, 0, W))
        np.testing.assert_array_equal(part, whole[window.at])
        whole[window.at] = 0
        np.testing.assert_array_equal(whole, np.where(whole > 0, ground.image, 0))
        assert composing._touched(ground, [regions.Window(0, 1, 0, W)])[2:] == (0, W)

    @pytest.mark.parametrize("gray", [False, True])
    def test_an_avatar_is_mixed_in_by_its_share_and_darkens_the_ground_where_it_may(self, gray: bool) -> None:
        rng = np.random.default_rng(0)
        below, colour, noise = (rng.uniform(0, 255, (9, 7, 3)).astype(np.float32) for _ in range(3))
        alpha, shade = (rng.uniform(0, 1, (9, 7)).astype(np.float32) for _ in range(2))
        allowed = rng.random((9, 7)) < 0.5
        alpha[:3], shade[1:4] = 0, 1
        light = np.where(allowed, shade, 1)[..., None]
        shown = colour.mean(axis=2, keepdims=True) if gray else colour
        expected = below * light * (1 - alpha[..., None]) + (shown + noise) * alpha[..., None]
        composing._laid(below, colour, alpha, shade, allowed, noise, gray)
        np.testing.assert_allclose(below, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (200, 200)])
def test_grain_is_that_of_the_picture_however_small_the_avatar(shape: tuple[int, int], gray: bool) -> None:
    look = surroundings.Look(noise=2.0)
    drawn = [surroundings.grain(shape, gray, look, np.random.default_rng(seed)) for seed in range(20)]
    assert 0 < np.abs(drawn).max() < 20 * look.noise
    if shape == (200, 200):
        assert np.std(drawn) == pytest.approx(look.noise, rel=0.01)


class TestCutout:
    @staticmethod
    def mesh() -> Mesh:
        return identities.person(b"k", 0).posed(Pose()).mesh

    def test_a_pixel_lit_once_looks_as_one_lit_at_every_sample(self, monkeypatch) -> None:
        lowered = self.mesh()
        lowered = replace(lowered, vertices=lowered.vertices - np.float32([0, 0.9, 0]))
        quick = draw.cutout(lowered, 3.0, 220.0, 120, 160)
        monkeypatch.setattr(draw, "SMOOTH_M", 0.0)
        thorough = draw.cutout(lowered, 3.0, 220.0, 120, 160)
        np.testing.assert_array_equal(quick.share, thorough.share)
        assert thorough.share.max() == 1
        inside = thorough.share == 1
        apart = (quick.radiance - thorough.radiance)[inside] / thorough.radiance[inside].mean()
        assert np.abs(apart).mean() < 0.06, "the pattern of cloth is finer than a pixel"
        assert abs(apart.mean()) < 0.01

    @pytest.mark.parametrize(
        ("depths", "lit"), [((0.3, 0.3, 0.3, 0.3), 1), ((0.3, 0.3, 0.3, 0.31), 4), ((0.3, 0.3, 0.3, 0.0), 3)]
    )
    def test_an_edge_is_lit_at_every_sample_and_a_surface_once(
        self, depths: tuple[float, ...], lit: int
    ) -> None:
        depth = np.float32(depths).reshape(2, 2)
        share, flat = np.empty((1, 1), np.float32), np.empty((1, 1), bool)
        places = np.empty((4, 2), np.int32)
        index = np.where(depth > 0, 0, -1).astype(np.int32)
        assert draw._samples(depth, index, 2, 0.02, share, flat, places) == lit
        assert flat[0, 0] == (lit == 1)
        assert share[0, 0] == (depth > 0).mean()
