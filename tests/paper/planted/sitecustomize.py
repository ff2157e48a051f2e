"""On the path of a pipeline under test: its detectors, with random weights, find the person who is drawn there.

Python imports this module by itself at every start. It waits for the adapter of MMDetection to be imported and then
plants what `planting` says; and it stands in for packages that DeepPrivacy2 imports and does not need here.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from typing import Any

ADAPTER = "anonlab.models.mmdet"


class _Finder:
    """Finds the adapter as everybody does, and plants when it has been executed."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> Any:
        if fullname != ADAPTER:
            return None
        sys.meta_path.remove(self)  # type: ignore[arg-type]
        spec = importlib.util.find_spec(fullname)
        assert spec
        assert spec.loader
        execute = spec.loader.exec_module

        def then_plant(module: Any) -> None:
            from planting import plant

            execute(module)
            plant(module)

        spec.loader.exec_module = then_plant  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Finder())  # type: ignore[arg-type]
sys.meta_path.append(importlib.import_module("stand_ins")._Finder())
