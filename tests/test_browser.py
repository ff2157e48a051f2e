"""What a user sees and touches: the real JupyterLab in a real browser, on a made-up run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from anonlab.paths import ROOT
from tests import finished, lab
from tests.leftovers import leave

pytest.importorskip("playwright", reason="playwright is not installed; `make setup` does that")
pytestmark = pytest.mark.skipif(
    not lab.CHROMIUM, reason="no Chromium is installed; on Debian and Ubuntu: apt-get install chromium"
)

SIZE = {"width": 1280, "height": 800}

MOVE = """async ([selector, value]) => {
    const input = document.querySelector(selector);
    const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await painted();
    const start = performance.now();
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const drawn = performance.now() - start;
    await painted();
    return [drawn, performance.now() - start];
}"""
"""Moves a slider; milliseconds until the picture is drawn, and until the browser has shown it."""

HASH = "(selector) => document.querySelector(selector).toDataURL()"


SWEEP = """(selector) => {
    const canvas = document.querySelector(selector);
    const words = canvas.closest('figure').querySelector('figcaption small');
    const { left, top, width, height } = canvas.getBoundingClientRect();
    window.said = [];
    for (let y = 0; y < height; y += 4) {
        for (let x = 0; x < width; x += 4) {
            canvas.dispatchEvent(new MouseEvent('mousemove', { clientX: left + x, clientY: top + y }));
            window.said.push(words.textContent);
        }
    }
    canvas.dispatchEvent(new MouseEvent('mouseleave'));
}"""
"""Moves the mouse over all of a picture and keeps what its caption says."""

CUT_OFF = """[...document.querySelectorAll('main .scroll')]
    .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.innerText.slice(0, 60))"""
"""Tables that are wider than the page."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab in a copy of the project with a made-up run."""
    root = leave(tmp_path_factory.mktemp("project"), n_images=12, n_videos=2, n_frames=150)
    for name in ("anonlab", "notebooks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text((ROOT / ".dvc/config").read_text() + "    no_scm = true\n")
    with lab.lab(root, tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with lab.browser() as found:
        yield found


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page on which nothing may go wrong in the console."""
    page = chromium.new_page(viewport=SIZE)
    page.set_default_timeout(lab.PATIENCE_MS)
    problems: list[str] = []
    page.on("console", lambda each: problems.append(each.text) if each.type == "error" else None)
    page.on("pageerror", lambda each: problems.append(str(each)))
    yield page
    page.close()
    assert problems == []


def moved(page: Any, selector: str, values: list[int]) -> tuple[float, float]:
    """Median milliseconds until a slider's picture is drawn and shown."""
    drawn, shown = zip(*(page.evaluate(MOVE, [selector, value]) for value in values), strict=True)
    return median(drawn), median(shown)


def test_lab_opens_without_asking_for_news(address: str, page: Any) -> None:
    page.goto(address.format(""))
    page.wait_for_selector(".jp-DirListing-item", timeout=lab.PATIENCE_MS)
    page.wait_for_timeout(3000)
    assert page.locator("text=Jupyter news").count() == 0


def test_thresholds_follow_the_mouse(address: str, page: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lab.run_all(page, address.format("notebooks/explore_thresholds.ipynb"), ".anonlab.thresholds .numbers td")
    sliders = {"scatter": "Keypoint score threshold", "curves": "Action score threshold"}
    for canvas, label in sliders.items():
        before = page.evaluate(HASH, f".anonlab canvas.{canvas}")
        numbers = page.inner_text(".anonlab .row >> nth=" + str(list(sliders).index(canvas)))
        drawn, shown = moved(page, f".anonlab input[aria-label='{label}']", [30, 70, 45, 20, 60])
        assert page.evaluate(HASH, f".anonlab canvas.{canvas}") != before
        assert page.inner_text(".anonlab .row >> nth=" + str(list(sliders).index(canvas))) != numbers
        assert drawn < 100
        with capsys.disabled():
            print(f"\n{label}: drawn {drawn:.0f} ms after the mouse, on the screen after {shown:.0f} ms")


def test_choices_change_pictures_and_numbers(address: str, page: Any) -> None:
    lab.run_all(page, address.format("notebooks/explore_thresholds.ipynb"), ".anonlab.thresholds .numbers td")
    rows = page.locator(".anonlab tr[data-kind=blur]").count()
    page.click(".anonlab button[data-name=blur]")
    assert (rows, page.locator(".anonlab tr[data-kind=blur]").count()) == (2, 0)
    before = page.evaluate(HASH, ".anonlab canvas.scatter")
    page.click(".anonlab button[data-name=office]")
    page.wait_for_function(f"(before) => ({HASH})('.anonlab canvas.scatter') !== before", arg=before)
    before = page.evaluate(HASH, ".anonlab canvas.scatter")
    page.select_option(".anonlab select >> nth=0", "face")
    page.wait_for_function(f"(before) => ({HASH})('.anonlab canvas.scatter') !== before", arg=before)


def test_the_button_writes_params_and_names_the_stages(address: str, page: Any) -> None:
    lab.run_all(page, address.format("notebooks/explore_thresholds.ipynb"), ".anonlab.thresholds .numbers td")
    moved(page, ".anonlab input[aria-label='Keypoint score threshold']", [33])
    page.click("text=Write both thresholds")
    page.wait_for_selector(".anonlab .status:has-text('would now run')", timeout=lab.PATIENCE_MS)
    assert "metrics" in page.inner_text(".anonlab .status")
    assert yaml.safe_load((_root(page) / "params.yaml").read_text())["metrics"]["pose_threshold"] == 0.33


def _root(page: Any) -> Path:
    """Where this JupyterLab was started."""
    config = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent)")
    return Path(config["serverRoot"])


def test_samples_show_items_and_frames(address: str, page: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lab.run_all(page, address.format("notebooks/explore_samples.ipynb"), ".anonlab.samples[data-frame]")
    assert page.locator(".anonlab .pictures figure").count() == 3
    page.wait_for_selector(".anonlab .thumb img[src]")
    before = page.evaluate(HASH, ".anonlab figure[data-kind=blur] canvas.picture")
    words = ".anonlab figure[data-kind=blur] figcaption small"
    page.evaluate(SWEEP, ".anonlab figure[data-kind=blur] canvas.picture")
    said = page.evaluate("window.said")
    assert any("score" in each and ("EPE" in each or "not found" in each) for each in said)
    assert "person" in page.inner_text(words)
    page.click(".anonlab .item >> nth=2")
    page.wait_for_selector(".anonlab[data-frame='2/0']")
    assert page.evaluate(HASH, ".anonlab figure[data-kind=blur] canvas.picture") != before
    before = page.evaluate(HASH, ".anonlab figure[data-kind=blur] canvas.picture")
    drawn, shown = moved(page, ".anonlab input[aria-label='Keypoint score threshold']", [90, 10, 80, 20, 99])
    assert page.evaluate(HASH, ".anonlab figure[data-kind=blur] canvas.picture") != before
    with capsys.disabled():
        print(
            f"\nkeypoints over three pictures: drawn {drawn:.0f} ms after the mouse, shown after {shown:.0f} ms"
        )


def test_items_can_be_sorted_by_what_went_wrong(address: str, page: Any) -> None:
    lab.run_all(page, address.format("notebooks/explore_samples.ipynb"), ".anonlab.samples[data-frame]")
    page.select_option(".anonlab .sorting select >> nth=0", "epe")
    notes = page.locator(".anonlab .item small").all_inner_texts()
    values = [float(note.split()[1]) for note in notes if note.startswith("EPE")]
    assert len(values) > 3
    assert values == sorted(values, reverse=True)


def test_a_clip_is_scrubbed(address: str, page: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lab.run_all(page, address.format("notebooks/explore_samples.ipynb"), ".anonlab.samples[data-frame]")
    page.evaluate("document.querySelector('.anonlab .items').scrollTop = 1e6")
    page.click(".anonlab .item[data-item*='videos/clip_01']")
    page.wait_for_selector(".anonlab[data-frame^='13/']")
    for frame in (20, 100, 40):
        page.evaluate(MOVE, [".anonlab .clip input", frame])
        page.wait_for_selector(f".anonlab[data-frame='13/{frame}']")
    waited = page.evaluate("+document.querySelector('.anonlab').dataset.ms")
    timeline = page.locator(".anonlab canvas.timeline")
    before = page.evaluate(HASH, ".anonlab canvas.timeline")
    timeline.click(position={"x": 400, "y": 20})
    page.wait_for_function(f"(before) => ({HASH})('.anonlab canvas.timeline') !== before", arg=before)
    with capsys.disabled():
        print(f"\na frame of a clip on three kinds: {waited:.0f} ms after the mouse")


def test_the_report_works_from_a_file_without_a_network(chromium: Any, tmp_path: Path) -> None:
    run = finished.make(tmp_path, n_images=4, n_videos=2)
    context = chromium.new_context(viewport=SIZE, offline=True)
    page, problems = context.new_page(), []
    page.on("console", lambda each: problems.append(each.text) if each.type == "error" else None)
    page.on("pageerror", lambda each: problems.append(str(each)))
    page.on("request", lambda each: problems.append(each.url) if each.url.startswith("http") else None)
    page.goto(finished.page(run).as_uri())
    for name, picture in (("pose", "#pose-plot-0"), ("actions", "#actions-plot-pta")):
        before = page.inner_text(f"#{name}-table"), page.inner_html(picture)
        drawn, _ = moved(page, f"#{name}-slider", [95, 10, 60, 30, 90])
        after = page.inner_text(f"#{name}-table"), page.inner_html(picture)
        assert "0.90" in after[0]
        assert after[0] != before[0]
        assert after[1] != before[1]
        assert drawn < 100, f"the picture follows the mouse after {drawn:.0f} ms"
        page.click(f"#{name}-reset")
        assert (page.inner_text(f"#{name}-table"), page.inner_html(picture)) == before
    for width in (1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(CUT_OFF) == []
    context.close()
    assert problems == []
