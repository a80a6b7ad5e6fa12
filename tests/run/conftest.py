"""A small study and a run of other data, in a working folder of their own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from cli.driving import contents, relprod
from cli.small import ACTIVITY_ALONE, replaced, small_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study in the folder `study` of the working folder: activity alone, to be quick."""
    monkeypatch.chdir(tmp_path)
    return small_study(tmp_path / "study", study=ACTIVITY_ALONE)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of other data."""
    folder = tmp_path_factory.mktemp("earlier")
    small_study(folder / "study", replaced("activity", "2021,110,", "2021,115,"), ACTIVITY_ALONE)
    assert relprod("compute", folder / "study", "--out", folder / "run", "--quiet").code == 0
    return folder / "run"


@pytest.fixture
def with_run(study: Path, earlier: Path) -> dict[str, bytes]:
    """The contents of a run that is there already, in `run`, of other data than the study holds."""
    return contents(shutil.copytree(earlier, study.parent / "run"))
