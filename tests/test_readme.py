"""The examples of the README do what it says."""

from __future__ import annotations

import re
import sys
import types
from typing import Any

import numpy as np
import pytest

from anonlab import methods, models
from anonlab.methods import Method
from anonlab.methods.settings import Strength
from anonlab.metrics import Settings, evaluate, measures
from anonlab.paths import ROOT
from tests import finished, generate

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```python\n# (anonlab/\S+)\n(.*?)```", TEXT, flags=re.DOTALL))


def example(path: str) -> dict[str, Any]:
    """What an example defines, by name."""
    found: dict[str, Any] = {}
    exec(EXAMPLES[path], found)
    return found


def line(start: str) -> str:
    """The line for a registry that the README gives."""
    (found,) = re.findall(rf"`({re.escape(start)}[^`]*)`", TEXT)
    return found


def test_the_method(monkeypatch: pytest.MonkeyPatch) -> None:
    names = example("anonlab/methods/stripes.py") | {"Method": Method, "Strength": Strength}
    for name, method in eval(f"{{{line(chr(34) + 'stripes')}}}", names).items():
        monkeypatch.setitem(methods.METHODS, name, method)
    image, persons = finished.picture(), finished.somebody()
    made = methods.anonymizer("stripes", {"width": 12}, "body", 0.0)
    changed = (made(image, persons, np.random.default_rng(0)) != image).any(axis=2)
    np.testing.assert_array_equal(changed, persons.masks[0])


def test_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("anonlab.models.halves")
    vars(module).update(example("anonlab/models/halves.py"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for name, where in eval(f"{{{line(chr(34) + 'halves')}}}").items():
        monkeypatch.setitem(models.REGISTRY["persons"], name, where)
    found = models.load("persons", "halves").detect(finished.picture())
    assert found.masks[0].mean() == 0.5


def test_the_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(measures.POSE, "lost", example("anonlab/metrics/measures.py")["lost"])
    rng = np.random.default_rng(0)
    manifest = generate.manifest(rng, n_images=3, n_videos=0)
    tables = generate.poses(rng, manifest, ("blur",)), generate.all_actions(rng, manifest, ("blur",))
    summary = evaluate(manifest, *tables, Settings(n_resamples=20), rng).summary
    value = summary.set_index(["metric", "scenario", "part", "threshold"])["value"].sort_index()
    assert value["lost", "all", "all", 0.5] == pytest.approx(1 - value["ptk", "all", "all", 0.5])
    assert 0 < value["lost", "all", "all", 0.5] < 1
