"""Checkpoints come whole, are what they should be, and an interrupted download goes on: against a local server."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from anonlab import models
from anonlab.errors import InputError, MissingModelError, ParameterError
from anonlab.models import RANDOM, checkpoints, hub, table
from anonlab.models import __main__ as command
from anonlab.models.table import CHECKPOINTS, PAPER, Checkpoint

CONTENT = bytes(range(256)) * 20_000


@dataclass
class Shop:
    """What a server has, how many bytes it gives before it hangs up, and what it was asked for."""

    address: str = ""
    content: bytes = CONTENT
    limit: int | None = None
    knows_ranges: bool = True
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            found.asked.append(asked)
            start = int(re.findall(r"\d+", asked)[0]) if asked and found.knows_ranges else 0
            if self.path.startswith("/absent") or start >= len(found.content):
                self.send_error(416 if start else 404)
                return
            body = found.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: found.limit])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def one(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Checkpoint:
    """The only checkpoint there is, with the first eight digits of its hash."""
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    checkpoint = Checkpoint("one", (f"{shop.address}/one-{digits}.pth",), digits, "none", 5, "tests")
    sell(monkeypatch, checkpoint)
    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path)
    return checkpoint


def sell(monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoint) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", (checkpoint,))


def test_a_download_is_checked_and_its_hash_is_kept(one: Checkpoint, tmp_path: Path) -> None:
    (place,) = checkpoints.fetch(["one"])
    assert place == tmp_path / one.file
    assert place.read_bytes() == CONTENT
    assert (tmp_path / f"{one.file}.sha256").read_text().strip() == hashlib.sha256(CONTENT).hexdigest()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".pth", ".sha256"]
    assert checkpoints.path("one") == place


def test_what_is_there_is_not_downloaded_again(one: Checkpoint, shop: Shop) -> None:
    checkpoints.fetch(["one"])
    assert checkpoints.fetch(["one"]) == []
    assert len(shop.asked) == 1


def test_an_interrupted_download_goes_on(one: Checkpoint, shop: Shop, tmp_path: Path) -> None:
    shop.limit = 1_234_567
    with pytest.raises(MissingModelError, match="goes on where it stopped"):
        checkpoints.fetch(["one"])
    assert not (tmp_path / one.file).exists()
    shop.limit = None
    checkpoints.fetch(["one"])
    assert shop.asked == [None, "bytes=1234567-"]
    assert (tmp_path / one.file).read_bytes() == CONTENT


def test_a_download_that_stopped_before_its_name_was_given(
    one: Checkpoint, shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / f"{one.file}.part").write_bytes(CONTENT)
    checkpoints.fetch(["one"])
    assert (tmp_path / one.file).read_bytes() == CONTENT


def test_a_server_without_ranges_starts_over(one: Checkpoint, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / f"{one.file}.part").write_bytes(CONTENT[:1000])
    shop.knows_ranges = False
    checkpoints.fetch(["one"])
    assert (tmp_path / one.file).read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"", CONTENT[:1000], b"something else"])
def test_wrong_bytes_are_not_kept(one: Checkpoint, shop: Shop, tmp_path: Path, part: bytes) -> None:
    if part:
        (tmp_path / f"{one.file}.part").write_bytes(part)
    shop.content = CONTENT[:-1] + b"x"
    with pytest.raises(InputError, match=r"expected sha256 .*nothing was kept"):
        checkpoints.fetch(["one"])
    assert list(tmp_path.iterdir()) == []


def test_an_md5_is_checked(one: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    sell(monkeypatch, replace(one, sha256="", md5=md5))
    checkpoints.fetch(["one"])
    sell(monkeypatch, replace(one, sha256="", md5="0" * 32))
    with pytest.raises(MissingModelError, match=f"md5 {md5}, expected md5 000"):
        checkpoints.path("one")


def test_the_next_address_is_asked_when_one_does_not_answer(
    one: Checkpoint, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(monkeypatch, replace(one, urls=(f"{shop.address}/absent.pth", *one.urls), as_file="named.pth"))
    (place,) = checkpoints.fetch(["one"])
    assert place.name == "named.pth"


def test_no_address_answers(one: Checkpoint, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sell(monkeypatch, replace(one, urls=(f"{shop.address}/absent.pth",)))
    with pytest.raises(MissingModelError, match=r"404.*put the file at"):
        checkpoints.fetch(["one"])


def test_a_missing_file_is_named_with_its_place(one: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match=re.escape(str(tmp_path / one.file))):
        checkpoints.path("one")


def test_a_file_that_changes_afterwards_is_refused(
    one: Checkpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sell(monkeypatch, replace(one, sha256=""))
    (place,) = checkpoints.fetch(["one"])
    place.write_bytes(CONTENT + b"x")
    with pytest.raises(MissingModelError, match="expected sha256"):
        checkpoints.path("one")
    with pytest.raises(MissingModelError, match="expected sha256"):
        checkpoints.fetch(["one"])


def test_an_unknown_name(one: Checkpoint) -> None:
    with pytest.raises(ParameterError, match="did you mean 'one'"):
        checkpoints.fetch(["on"])


def test_the_command(one: Checkpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert command.main(["fetch", "paper", "one", "--folder", str(tmp_path)]) == 0
        assert "1 networks" in caplog.text
        assert command.main(["fetch", "paper", "two"]) == 1
    assert "choose from: one" in caplog.text


def test_loaders_find_links_where_they_look(one: Checkpoint, tmp_path: Path) -> None:
    checkpoints.fetch(["one"])
    hub.provide(["one"])
    for link in ("hub/hub/checkpoints", "hub/iopath"):
        assert (tmp_path / link / one.file).read_bytes() == CONTENT
    hub.provide(["one"])


def test_models_are_checked_before_they_are_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path)
    monkeypatch.delenv(RANDOM, raising=False)
    models.check("pose", "blazepose")
    with pytest.raises(MissingModelError, match="fetch paper hrnet"):
        models.check("pose", "hrnet")
    monkeypatch.setenv(RANDOM, "1")
    models.check("pose", "hrnet")


def test_the_table() -> None:
    names = [each.name for each in CHECKPOINTS]
    files = [each.file for each in CHECKPOINTS]
    assert len(set(names)) == len(names)
    assert len(set(files)) == len(files)
    assert set(PAPER) <= set(names)
    for each in CHECKPOINTS:
        assert each.urls
        assert each.licence
        assert each.use
        assert all(url.startswith("https://") for url in each.urls)
        assert re.fullmatch(r"[0-9a-f]*", each.sha256 + each.md5)
        assert len(each.md5) in (0, 32)


@pytest.mark.parametrize("checkpoint", table.OPENMMLAB, ids=lambda each: each.name)
def test_digits_in_a_name_are_those_that_are_checked(checkpoint: Checkpoint) -> None:
    if checkpoint.sha256:
        assert checkpoint.sha256 in checkpoint.file
