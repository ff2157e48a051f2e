"""DeepPrivacy2: persons or faces replaced by synthetic ones, with the released configurations and networks.

The library is no package: a checkout at the commit of `COMMIT` lies in `models/deep_privacy2` (or where the environment
variable ANONLAB_DEEPPRIVACY2 says). It is used as it is. Its checkpoints are those of `checkpoints`, verified; what its
loaders would download lies ready in a folder of their own, and nothing is downloaded at run time.

Source: Hukkelås and Lindseth, *DeepPrivacy2: Towards Realistic Full-Body Anonymization*, WACV 2023.
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.errors import MissingModelError
from anonlab.models import hub, openmmlab
from anonlab.models.contracts import Image
from anonlab.paths import ROOT

log = logging.getLogger(__name__)

COMMIT: Final = "f4d8f09"
VARIABLE: Final = "ANONLAB_DEEPPRIVACY2"
HOME: Final = ROOT / "models" / "deep_privacy2"

CONFIGS: Final = ("FB_cse", "FB_cse_mask_face", "face", "deep_privacy1", "masks")
"""The library's own names, and `masks`: our masks and tracks instead of its detectors."""

GENERATORS: Final = {
    "configs/fdh/styleganL.py": "dp2_person_cse",
    "configs/fdh/styleganL_nocse.py": "dp2_person",
    "configs/fdf/stylegan.py": "dp2_face",
    "configs/fdf/deep_privacy1.py": "dp2_face_dp1",
}
"""Configuration of a generator -> its checkpoint; one that is not here has no weights."""

_PERSON_DETECTORS: Final = ("d2_mask_rcnn", "d2_cse", "d2_cse_features", *hub.CSE_SETTINGS)
DETECTORS: Final[Mapping[str, tuple[str, ...]]] = {
    "FB_cse": _PERSON_DETECTORS,
    "FB_cse_mask_face": (*_PERSON_DETECTORS, "dsfd"),
    "face": ("dsfd",),
    "deep_privacy1": ("dsfd", "keypoint_rcnn"),
    "masks": (),
}
_GENERATORS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "FB_cse": ("dp2_person_cse",),
    "FB_cse_mask_face": ("dp2_person_cse", "dp2_person", "dp2_face"),
    "face": ("dp2_face",),
    "deep_privacy1": ("dp2_face_dp1",),
    "masks": ("dp2_person",),
}


def needed(config: str) -> tuple[str, ...]:
    """Names of the checkpoints that a configuration needs."""
    return (*_GENERATORS_OF[config], *DETECTORS[config])


@functools.lru_cache(maxsize=1)
def load(config: str, min_score: float) -> DeepPrivacy2:
    """The networks of one configuration, constructed once per process."""
    return DeepPrivacy2(config, min_score)


class DeepPrivacy2:
    """One configuration with its networks.

    Attributes:
        config: of `CONFIGS`.
    """

    def __init__(self, config: str = "FB_cse", min_score: float = 0.3, detector: Any = None) -> None:
        """Build the networks and load their checkpoints.

        Args:
            config: of `CONFIGS`.
            min_score: of every detector of the library.
            detector: instead of the library's, for tests: called with a picture it gives a list of detections.

        Raises:
            MissingModelError: the library, a package that it needs or a checkpoint is not on this machine.
        """
        openmmlab.need("torch", "tops")
        self.config = config
        with library():
            from dp2.anonymizer import Anonymizer

            settings = _settings("FB_cse" if config == "masks" else config)
            self._crops = dict(settings.detector.get("cse_post_process_cfg", {}))
            if config != "masks" and detector is None:
                detector = _detector(settings, config, min_score)
            self._anonymizer = Anonymizer(detector)
            for kind, generator in _generators(settings, config):
                self._add(kind, generator)

    def _add(self, kind: Any, generator: str) -> None:
        network, settings = _generator(generator)
        self._anonymizer.generators[kind] = network
        self._anonymizer.generator_cfgs[kind] = settings

    def start(self, fps: float) -> None:
        """Begin a clip; with frames per second above 0 the library tracks persons and keeps their latent variables."""
        for name in ("tracker", "track_to_z_idx"):
            self._anonymizer.__dict__.pop(name, None)
        if fps > 0:
            self._anonymizer.initialize_tracker(fps)

    def anonymize(self, image: Image, seed: int, truncation: float, multi_modal: bool) -> Image:
        """`image` (H, W, 3) through the library's own detectors and generators; persons that they miss stay.

        Args:
            seed: of the latent variables of persons that are not tracked.
            truncation: 0 gives everybody the mean identity, 1 the whole variety.
            multi_modal: the nearest of several mean identities instead of the one.
        """
        with _seeded(seed), _quiet():
            made = self._anonymizer(_picture(image), **_how(truncation, multi_modal))
        return _image(made)

    def replace(
        self,
        image: Image,
        masks: NDArray[np.bool_],
        seeds: Sequence[int],
        truncation: float,
        multi_modal: bool,
    ) -> Image:
        """`image` (H, W, 3) with what is under the masks (N, H, W) replaced, the smallest first.

        The library sorts the persons of a picture anew and leaves out small ones, so it gets them one by one: thus each
        keeps its seed, and the order in which they come does not matter. It grows every mask by 2 % of its crop.

        Args:
            seeds: of each person's latent variable, 0 to 2^32 - 1.
        """
        picture = _picture(image)
        sizes = masks.sum(axis=(1, 2))
        for row in sorted(range(len(masks)), key=lambda row: (sizes[row], seeds[row])):
            if sizes[row]:
                picture = self._replace_one(picture, masks[row], seeds[row], _how(truncation, multi_modal))
        return _image(picture)

    def _replace_one(self, picture: Any, mask: NDArray[np.bool_], seed: int, how: Mapping[str, Any]) -> Any:
        import torch
        from dp2.detection.structures import PersonDetection

        segmentation = torch.from_numpy(mask[None].copy()).to(picture.device)
        detection = PersonDetection(segmentation, **self._crops, orig_imshape_CHW=tuple(picture.shape))
        try:
            return self._anonymizer.anonymize_detections(picture.clone(), detection, z_idx=[seed], **how)
        except (AssertionError, IndexError, ZeroDivisionError) as error:
            # its geometry of boxes fails on some slivers; the person stays and is counted
            log.warning("DeepPrivacy2 cannot crop a mask of %d px: %r", int(mask.sum()), error)
            return picture


@contextmanager
def library() -> Iterator[Path]:
    """The checkout on the import path, its loaders pointed at our files, and its own files out of the way.

    Raises:
        MissingModelError: it is not there, or a package that it imports is not.
    """
    home = Path(os.environ.get(VARIABLE) or HOME)
    if not (home / "dp2").is_dir():
        raise MissingModelError(
            f"DeepPrivacy2 is not at {home}; get it with: git clone https://github.com/hukkelas/deep_privacy2 {home} "
            f"&& git -C {home} checkout {COMMIT} (or name its place in {VARIABLE})"
        )
    if str(home) not in sys.path:
        sys.path.insert(0, str(home))
    try:
        with hub.offline():
            yield home
    except ModuleNotFoundError as error:
        raise MissingModelError(
            f"DeepPrivacy2 needs the package {error.name}; {openmmlab.INSTALL}"
        ) from error


def _settings(name: str) -> Any:
    """A configuration of the library: of an anonymizer by name, of a generator by path."""
    from dp2.utils import load_config

    path = name if name.endswith(".py") else f"configs/anonymizers/{name}.py"
    with _quiet():
        return load_config(Path(os.environ.get(VARIABLE) or HOME) / path)


def _detector(settings: Any, config: str, min_score: float) -> Any:
    from tops.config import instantiate

    hub.provide(DETECTORS[config])
    chosen = settings.anonymizer.detector
    chosen.score_threshold = min_score
    chosen.cache_directory = None
    with _quiet():
        return instantiate(chosen)


def _generators(settings: Any, config: str) -> list[tuple[Any, str]]:
    """Which detections which generator replaces."""
    kinds = importlib.import_module("dp2.detection.structures")
    if config == "masks":
        return [(kinds.PersonDetection, "configs/fdh/styleganL_nocse.py")]
    names = {
        "cse_person_G_cfg": kinds.CSEPersonDetection,
        "person_G_cfg": kinds.PersonDetection,
        "face_G_cfg": kinds.FaceDetection,
    }
    chosen = settings.anonymizer
    return [(kind, chosen[name]) for name, kind in names.items() if chosen.get(name)]


def _generator(path: str) -> tuple[Any, Any]:
    """A generator with its weights, or random ones where the environment asks for that, and its configuration."""
    import tops
    from tops.config import instantiate

    settings = _settings(path)
    network = openmmlab.fill(
        lambda: instantiate(settings.generator), GENERATORS[path], weights=_generator_weights
    )
    network.imsize = tuple(settings.data.imsize)
    return network.to(tops.get_device()), settings


def _generator_weights(network: Any, content: Mapping[str, Any]) -> None:
    """Load a checkpoint of the library strictly; the centres of identities are no weights and come along."""
    name = "EMA_generator" if "EMA_generator" in content else "running_average_generator"
    weights = dict(content[name])
    centres = weights.pop("style_net.w_centers", content.get("w_centers"))
    network.load_state_dict(weights, strict=True)
    if centres is not None:
        network.style_net.register_buffer("w_centers", centres)


def _how(truncation: float, multi_modal: bool) -> dict[str, Any]:
    """Keywords of the library's synthesis: mixed precision on a GPU, as its command line has it."""
    on_gpu = openmmlab.device() != "cpu"
    return {"multi_modal_truncation": multi_modal, "amp": on_gpu, "truncation_value": truncation}


def _picture(image: Image) -> Any:
    """A picture (H, W, 3) as the library has them: (3, H, W), on the device, which turns it faster than we would."""
    import tops
    import torch

    return tops.to_cuda(torch.from_numpy(image.copy())).permute(2, 0, 1).contiguous()


def _image(picture: Any) -> Image:
    found: Image = picture.permute(1, 2, 0).contiguous().cpu().numpy()
    return found


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """The library draws from numpy's and torch's global generators: seeded here, and afterwards as they were."""
    import torch

    before = np.random.get_state()  # noqa: NPY002 - what the library uses
    with torch.random.fork_rng():
        np.random.seed(seed % 2**32)  # noqa: NPY002
        torch.manual_seed(seed)
        try:
            yield
        finally:
            np.random.set_state(before)  # noqa: NPY002


@contextmanager
def _quiet() -> Iterator[None]:
    """The library tells what it does on the standard output."""
    with Path(os.devnull).open("w") as nowhere:
        before, sys.stdout = sys.stdout, nowhere
        try:
            yield
        finally:
            sys.stdout = before
