"""What is no run, or is one no more, is said to be so by every command that opens runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.driving import relprod


@pytest.mark.usefixtures("study")
def test_no_run_is_no_run():
    for argument, said in (
        ("nowhere", "'nowhere' is not there."),
        ("study", "'study' holds no run (its manifest.json is missing, or not relprod's)."),
    ):
        ended = relprod("show", argument)
        assert (ended.code, ended.out) == (4, "")
        assert ended.err == f"{said} A run is a folder that 'relprod compute --out' has written.\n"


@pytest.mark.usefixtures("with_run")
@pytest.mark.parametrize(
    ("spoil", "content", "what"),
    [("productivity.parquet", b"PAR1 but not", "cannot be read"), ("bridge.parquet", None, "is not there any more")],
)
def test_a_damaged_run_says_so(spoil: str, content: bytes | None, what: str):
    if content is None:
        Path("run", spoil).unlink()
    else:
        Path("run", spoil).write_bytes(content)
    ended = relprod("show", "run")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith(f"The run in 'run' is damaged: its file {spoil} {what}. ")


@pytest.mark.usefixtures("with_run")
@pytest.mark.parametrize("key", ["libraries", "python", "method", "engine", "frames", "findings", "tables"])
def test_a_manifest_that_lacks_a_key_is_no_run(key: str):
    manifest = json.loads(Path("run", "manifest.json").read_text(encoding="utf-8"))
    Path("run", "manifest.json").write_text(json.dumps({name: value for name, value in manifest.items() if name != key}), encoding="utf-8")
    for command in (("verify", "run"), ("diff", "run", "run"), ("show", "run")):
        assert relprod(*command).code == 4


@pytest.mark.usefixtures("with_run")
@pytest.mark.parametrize("place", [("inputs",), ("outputs",), ("assumptions",), ("study",), ("inputs", 0), ("assumptions", 0)])
def test_a_manifest_with_something_else_in_a_place_is_no_run(place: tuple[str | int, ...]):
    manifest = json.loads(Path("run", "manifest.json").read_text(encoding="utf-8"))
    within = manifest
    for name in place[:-1]:
        within = within[name]
    within[place[-1]] = "x"
    Path("run", "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for command in (("verify", "run"), ("diff", "run", "run"), ("assumptions", "run")):
        assert relprod(*command).code == 4


@pytest.mark.parametrize("content", ["{ not json", "[]", '{"outputs": {}}', '{"outputs": []}', '{"outputs": {}, "name": "My extension"}'])
def test_a_manifest_of_another_program_is_no_run(tmp_path: Path, content: str):
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    for command in ("show", "assumptions"):
        assert relprod(command, tmp_path).code == 4


def test_a_manifest_without_outputs_is_no_run(tmp_path: Path):
    (tmp_path / "manifest.json").write_text('{"name": "My extension"}', encoding="utf-8")
    for command in ("show", "assumptions"):
        assert relprod(command, tmp_path).code == 4
