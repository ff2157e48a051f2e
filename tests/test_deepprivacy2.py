"""DeepPrivacy2 as a method, with a network that paints: who is left alone is counted, and covered unless `faithful`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from anonlab import methods
from anonlab.errors import MissingModelError, ParameterError
from anonlab.methods import clips, regions
from anonlab.methods.deepprivacy2 import Generative, as_gray, latent, untouched
from anonlab.methods.filters import differ
from anonlab.models import RANDOM, deepprivacy2
from anonlab.models.contracts import Persons
from tests.files import noise

SIZE = (60, 80)
BLOCKS = ((slice(5, 35), slice(5, 20)), (slice(10, 50), slice(30, 45)), (slice(20, 55), slice(55, 75)))


@dataclass
class Painter:
    """Paints the pixels that it is told to paint, or those under the masks, in the colour of the seed."""

    finds: Sequence[tuple[slice, slice]] = BLOCKS
    fps: list[float] = field(default_factory=list)
    seeds: list[list[int]] = field(default_factory=list)

    def start(self, fps: float) -> None:
        self.fps.append(fps)

    def anonymize(self, image: np.ndarray, seed: int, truncation: float, multi_modal: bool) -> np.ndarray:
        result = image.copy()
        for where in self.finds:
            result[where] = image[where] ^ np.uint8(255)
        return result

    def replace(
        self, image: np.ndarray, masks: np.ndarray, seeds: list[int], truncation: float, multi_modal: bool
    ) -> np.ndarray:
        self.seeds.append(seeds)
        result = image.copy()
        for mask in masks:
            result[mask] = image[mask] ^ np.uint8(255)
        return result


def persons(*blocks: tuple[slice, slice], faces: bool = False) -> Persons:
    masks = np.zeros((len(blocks), *SIZE), bool)
    boxes = np.zeros((len(blocks), 4), np.float32)
    for row, (rows, columns) in enumerate(blocks):
        masks[row][rows, columns] = True
        boxes[row] = columns.start, rows.start, columns.stop, rows.stop
    located = boxes * np.float32(1)
    located[:, 3] = located[:, 1] + 8
    faces_xyxy = located if faces else np.full_like(boxes, np.nan)
    return Persons(boxes, np.ones(len(blocks), np.float32), masks, faces_xyxy)


def completed(method: Generative, image: np.ndarray, found: Persons) -> clips.Result:
    (result,) = method.clip(clips.single(image, found), np.random.default_rng(3))
    return result


def test_nobody_changes_nothing() -> None:
    image = noise(*SIZE)
    for config in ("FB_cse", "masks"):
        result = completed(Generative(config=config, network=Painter(finds=())), image, persons())
        np.testing.assert_array_equal(result.image, image)
        assert result.counts == {"replaced": 0, "untouched": 0, "fallback": 0}


def test_everybody_found_needs_no_fallback() -> None:
    image = noise(*SIZE)
    result = completed(Generative(network=Painter()), image, persons(*BLOCKS))
    assert result.counts == {"replaced": 3, "untouched": 0, "fallback": 0}
    np.testing.assert_array_equal(result.image, Painter().anonymize(image, 0, 0.0, False))


def test_who_is_missed_is_counted_and_covered() -> None:
    image, found = noise(*SIZE), persons(*BLOCKS)
    painter = Painter(finds=BLOCKS[:2])
    result = completed(Generative(network=painter, grow_frac=0.05), image, found)
    assert result.counts == {"replaced": 2, "untouched": 1, "fallback": 1}
    changed = differ(image, result.image)
    assert changed[found.masks.any(axis=0)].all()
    assert not changed[~regions.covered(found, "body", 0.05)].any()
    for where in BLOCKS[:2]:
        np.testing.assert_array_equal(result.image[where], image[where] ^ 255)


def test_faithful_counts_and_leaves_them() -> None:
    image = noise(*SIZE)
    painter = Painter(finds=BLOCKS[:1])
    result = completed(Generative(network=painter, faithful=True), image, persons(*BLOCKS))
    assert result.counts == {"replaced": 1, "untouched": 2}
    np.testing.assert_array_equal(result.image, painter.anonymize(image, 0, 0.0, False))


def test_a_part_that_is_left_is_covered_too() -> None:
    image, found = noise(*SIZE), persons(BLOCKS[0])
    rows, columns = BLOCKS[0]
    most = (slice(rows.start + 8, rows.stop), columns)  # not the head
    result = completed(Generative(network=Painter(finds=[most])), image, found)
    assert result.counts == {"replaced": 1, "untouched": 0, "fallback": 0}
    assert differ(image, result.image)[BLOCKS[0]].all()
    np.testing.assert_array_equal(result.image[most], image[most] ^ 255)


def test_more_than_half_has_to_change() -> None:
    rows, columns = BLOCKS[0]
    changed = np.zeros(SIZE, bool)
    changed[rows.start : rows.start + 15, columns] = True
    assert untouched(persons(BLOCKS[0]), changed, "body").tolist() == [True]
    changed[rows.start + 15, columns.start] = True
    assert untouched(persons(BLOCKS[0]), changed, "body").tolist() == [False]


def test_faces_are_looked_for_where_they_are_known_to_be() -> None:
    image = noise(*SIZE)
    rows, columns = BLOCKS[0]
    face = (slice(rows.start, rows.start + 8), columns)
    painter = Painter(finds=[face])
    known = completed(Generative(config="face", network=painter), image, persons(*BLOCKS[:2], faces=True))
    assert known.counts == {"replaced": 1, "untouched": 1, "fallback": 1}
    assert not differ(image, known.image)[45:50, 30:45].any(), "the body stays"
    unknown = completed(Generative(config="face", network=painter), image, persons(*BLOCKS[:2]))
    assert unknown.counts == {"replaced": 1, "untouched": 1, "fallback": 1}
    assert not differ(image, unknown.image)[rows.start + 8 : rows.stop, columns].any()
    assert differ(image, unknown.image)[BLOCKS[1]].all(), "whose face is not known is covered whole"


def test_gray_stays_gray() -> None:
    image = np.repeat(noise(*SIZE)[..., :1], 3, axis=2)
    made = image.copy()
    made[BLOCKS[0]] = (200, 30, 90)
    gray = as_gray(made, image)
    assert (gray[..., 0] == gray[..., 1]).all()
    np.testing.assert_array_equal(gray[40:], image[40:])
    coloured = noise(*SIZE)
    np.testing.assert_array_equal(as_gray(made, coloured), made)


def clip_of(found: Persons, tracks: Sequence[int], n_frames: int = 3) -> clips.Clip:
    frames = [clips.Frame(noise(*SIZE, seed=k), found, np.array(tracks)) for k in range(n_frames)]
    return clips.Clip(lambda: iter(frames), fps=25.0)


@pytest.mark.parametrize("track", [True, False])
def test_a_track_keeps_its_latent_variable_if_asked_to(track: bool) -> None:
    painter = Painter()
    method = Generative(config="masks", track=track, network=painter)
    list(method.clip(clip_of(persons(*BLOCKS[:2]), [4, 9]), np.random.default_rng(1)))
    first, second, third = painter.seeds
    assert (first == second == third) is track
    assert first[0] != first[1]
    assert painter.fps == [25.0 if track else 0.0]


def test_latent_variables_depend_on_the_seed_and_not_on_the_run() -> None:
    assert latent(1, "person", 2, -1) == 3791676045
    assert len({latent(a, "person", b, -1) for a in range(5) for b in range(5)}) == 25


def made(**settings: Any) -> Generative:
    method = methods.anonymizer("dp2", {"method": "deepprivacy2", **settings}, "body", 0.02)
    assert isinstance(method, Generative)
    return method


def test_the_defaults_are_those_of_the_paper() -> None:
    method = made()
    assert (method.config, method.min_score, method.truncation) == ("FB_cse", 0.3, 0.0)
    assert (method.track, method.multi_modal_truncation, method.faithful) == (False, False, False)


def test_any_number_of_options_goes_together() -> None:
    method = made(config="masks", truncation=0.5, track=True, faithful=True)
    assert (method.config, method.truncation, method.track, method.faithful) == ("masks", 0.5, True, True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"config": "FB_cze"}, "did you mean 'FB_cse'"),
        ({"truncation": 2}, "from 0 to 1"),
        ({"track": 1}, "true or false"),
        ({"trak": True}, "did you mean 'track'"),
    ],
)
def test_wrong_options_end_in_one_line(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        made(**settings)


def test_masks_replace_bodies_only() -> None:
    with pytest.raises(ParameterError, match="replaces bodies"):
        methods.anonymizer("dp2", {"method": "deepprivacy2", "config": "masks"}, "face", 0.0)


def test_missing_checkpoints_stop_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RANDOM, raising=False)
    with pytest.raises(MissingModelError, match="fetch paper dp2_person"):
        methods.check_files(made(config="masks"))
    monkeypatch.setenv(RANDOM, "1")
    methods.check_files(made(config="masks"))


def test_every_configuration_names_its_checkpoints() -> None:
    from anonlab.models.table import CHECKPOINTS

    names = {each.name for each in CHECKPOINTS}
    assert set(methods.DEEPPRIVACY2["config"]) == set(deepprivacy2.CONFIGS)  # type: ignore[arg-type]
    for config in deepprivacy2.CONFIGS:
        assert deepprivacy2.needed(config)
        assert set(deepprivacy2.needed(config)) <= names
