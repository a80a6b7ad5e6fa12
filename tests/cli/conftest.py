"""What tests of the command line begin from: a run of the small study, and an empty folder to stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cli.driving import relprod
from cli.small import small_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small study."""
    folder = tmp_path_factory.mktemp("run")
    assert relprod("compute", small_study(folder / "study"), "--out", folder / "run", "--quiet").code == 0
    return folder / "run"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
