"""Stand-ins for packages that DeepPrivacy2 imports and that are not needed where its detectors are not run.

The real ones are compiled (detectron2) or train and talk to services. Importing any name from them works; one function
that the guided generator needs is written out: which vertex of the body has the embedding nearest to a pixel's.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any, ClassVar
from unittest.mock import MagicMock

NAMES = ("clip", "densepose", "detectron2", "face_detection", "torch_fidelity", "wandb", "webdataset")


class _Stub(types.ModuleType):
    """A module in which every name exists."""

    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = nearest_vertices if name == "get_closest_vertices_mask_from_ES" else MagicMock(name=name)
        setattr(self, name, found)
        return found


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> Any:
        if fullname.split(".")[0] in NAMES:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def install() -> None:
    """Let the names of `NAMES` that are not installed be imported."""
    sys.meta_path.append(_Finder())


def nearest_vertices(
    embeddings: Any, segmentation: Any, height: int, width: int, vertices: Any, device: Any
) -> tuple[Any, Any]:
    """Vertex (H, W) whose embedding is nearest, 0 outside, and the mask (H, W) of the person.

    Args:
        embeddings: (1, D, H, W), of the pixels.
        segmentation: (1, 2, H, W), background and person.
        vertices: (V, D), their embeddings.
    """
    import torch

    embeddings, segmentation = embeddings.to(device), segmentation.to(device)
    size = {"size": (height, width), "mode": "bilinear", "align_corners": False}
    embeddings = torch.nn.functional.interpolate(embeddings, **size)[0]
    mask = torch.nn.functional.interpolate(segmentation, **size)[0].argmax(dim=0) > 0
    found = torch.zeros((height, width), dtype=torch.long, device=device)
    found[mask] = torch.cdist(embeddings[:, mask].T, vertices.to(device)).argmin(dim=1)
    return found, mask
