"""The examples, computed once into folders of their own; a test that changes one takes a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import relprod
from relprod.resources import examples_folder

EXAMPLES = ("council-contacts", "local-services", "ons-public-services")


@pytest.fixture(scope="session")
def computed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each example's study, with its run in it."""
    place = tmp_path_factory.mktemp("computed")
    folders = {}
    for name in EXAMPLES:
        folders[name] = place / name
        shutil.copytree(examples_folder() / name, folders[name], ignore=shutil.ignore_patterns("*-run", "run"))
        relprod.compute(folders[name], folders[name] / "run")
    return folders


@pytest.fixture
def copy_of(computed: dict[str, Path], tmp_path: Path):
    """A function that returns a copy of an example's folder, free to be changed."""

    def copied(name: str) -> Path:
        return Path(shutil.copytree(computed[name], tmp_path / name))

    return copied
