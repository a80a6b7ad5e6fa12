"""The two examples, computed once."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from cli.driving import EXAMPLES

import relprod as rp

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("local-services", "ons-public-services")


@dataclass(frozen=True)
class Example:
    """An example, as text and as computed."""

    folder: Path
    run: rp.Run

    @property
    def readme(self) -> str:
        """The README with single spaces throughout."""
        return " ".join((self.folder / "README.md").read_text(encoding="utf-8").split())

    @property
    def study(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "relprod.toml").read_text(encoding="utf-8"))

    def rows(self, table: str) -> list[dict[str, str]]:
        """The rows of a table, read by nothing of relprod's."""
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def tables(self) -> dict[str, list[dict[str, str]]]:
        return {name: self.rows(name) for name in self.study["tables"]}


@pytest.fixture(scope="session")
def examples() -> dict[str, Example]:
    return {name: Example(EXAMPLES / name, rp.compute(EXAMPLES / name)) for name in NAMES}


@pytest.fixture(scope="session")
def ons(examples: dict[str, Example]) -> Example:
    return examples["ons-public-services"]


@pytest.fixture(scope="session")
def local(examples: dict[str, Example]) -> Example:
    return examples["local-services"]


@pytest.fixture(params=NAMES)
def example(request: pytest.FixtureRequest, examples: dict[str, Example]) -> Example:
    return examples[request.param]
