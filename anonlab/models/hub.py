"""Verified checkpoints where the loaders of torch.hub and of detectron2 look before they download anything.

Both keep what they load under names that follow from its address: torch.hub flat, detectron2 (iopath) in the folders of
the address. Links with those names make them find our files; and while they load, a download is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlparse

from anonlab.errors import MissingModelError
from anonlab.models import checkpoints
from anonlab.models.table import Checkpoint

CSE_SETTINGS: Final = ("d2_cse_settings", "d2_cse_settings_base", "d2_cse_settings_human")
"""Configurations of DensePose that DeepPrivacy2 reads from the network."""


def home() -> Path:
    """The folder with the links."""
    return checkpoints.FOLDER / "hub"


def provide(names: Iterable[str]) -> None:
    """Link the checkpoints called `names`, each verified, to where loaders look.

    Raises:
        MissingModelError: one of them is not there or is not the file that was meant.
    """
    for name in names:
        place = checkpoints.path(name)
        for link in _links(checkpoints.named(name)):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(place.resolve())


def _links(checkpoint: Checkpoint) -> list[Path]:
    parts = [urlparse(url).path.lstrip("/") for url in checkpoint.urls]
    flat = [home() / "hub" / "checkpoints" / Path(part).name for part in parts]
    return flat + [home() / "iopath" / part for part in parts]


@contextmanager
def offline() -> Iterator[None]:
    """Loaders look in our folder, and downloads are errors."""
    import torch

    variables = {"TORCH_HOME": str(home()), "FVCORE_CACHE": str(home() / "iopath")}
    variables["BASE_OUTPUT_DIR"] = str(home() / "outputs")
    before = {name: os.environ.get(name) for name in variables}
    download = torch.hub.download_url_to_file
    os.environ.update(variables)
    torch.hub.download_url_to_file = _refuse
    try:
        yield
    finally:
        torch.hub.download_url_to_file = download
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _refuse(url: str, *_: Any, **__: Any) -> NoReturn:
    raise MissingModelError(f"{url} is not on this machine; get it with: {checkpoints.FETCH}")
