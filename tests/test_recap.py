"""The numbers at the end of a run, on the terminal."""

import json
from pathlib import Path

from anonlab import recap


def test_no_numbers_give_no_lines(tmp_path: Path) -> None:
    assert recap.numbers(tmp_path / "metrics.json", ["blur"]) == []
    (tmp_path / "metrics.json").write_text("{}")
    assert recap.numbers(tmp_path / "metrics.json", ["blur"]) == []


def test_a_line_per_method_and_medium_with_aligned_columns(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    image = {"n_items": 3, "ptk": 0.1365, "epe_norm": None, "persons_found": 1.0}
    video = {"n_items": 2, "ptk": 1.0, "epe_norm": 0.0564, "persons_found": 0.5, "acc": 0.251, "pta": 0.0}
    path.write_text(json.dumps({"blur": {"image": image, "video": video}, "truth": {}}))
    title, *lines = recap.numbers(path, ["original", "blur"])
    assert [line.split() for line in lines] == [
        ["blur", "images", "13.7", "-", "100.0", "-", "-"],
        ["blur", "clips", "100.0", "5.64", "50.0", "25.1", "0.0"],
    ]
    assert len({len(line) for line in (title, *lines)}) == 1
