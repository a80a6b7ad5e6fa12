"""A small study on disk, and one call that loads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from relprod.engine.duck import connection
from relprod.study import parse_study
from relprod.tables.load import load_tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from relprod.study import Study
    from relprod.tables.findings import Finding
    from relprod.tables.load import Loaded


@dataclass
class Bench:
    """A folder for a study: write tables, load them, look at what was found."""

    folder: Path
    frequency: str = "quarter"
    calendar: str = "financial-uk"
    reference: str = "2016-17"
    extract: str = "extract_start = 2016-04-01\nextract_end = 2020-03-31"
    extra: str = ""
    contacts: pa.Table | None = None
    """The view of contacts after the last loading."""

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def study(self, tables: Mapping[str, object]) -> Study:
        lines = []
        for name, entry in tables.items():
            if isinstance(entry, dict):
                pairs = ", ".join(f"{key} = {self._toml(value)}" for key, value in entry.items())
                lines.append(f"{name} = {{ {pairs} }}")
            else:
                lines.append(f"{name} = {self._toml(entry)}")
        text = (
            f'[study]\ntitle = "T"\nfrequency = "{self.frequency}"\ncalendar = "{self.calendar}"\nreference = "{self.reference}"\n'
            f"{self.extract}\n{self.extra}\n[tables]\n" + "\n".join(lines) + "\n"
        )
        return parse_study(text, folder=self.folder)

    def _toml(self, value: object) -> str:
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{key} = {self._toml(each)}" for key, each in value.items()) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(self._toml(each) for each in value) + "]"
        return f"'{value}'"

    def load(self, frames: Mapping[str, object] | None = None, **tables: object) -> Loaded:
        study = self.study(tables)
        with connection(threads=2) as con:
            loaded = load_tables(con, study, frames)
            self.contacts = con.sql("SELECT * FROM contacts ORDER BY _file, _line").to_arrow_table() if loaded.has_contacts else None
            return loaded

    def activity(self, content: str | bytes, name: str = "activity.csv", **options: object) -> Loaded:
        """Load a study whose only table is an activity file with these contents."""
        self.write(name, content)
        return self.load(activity={"path": name, **options} if options else name)

    @staticmethod
    def errors(loaded: Loaded) -> list[tuple[str, str, int | None, str | None, int]]:
        """Return (code, file, line, column, count) of every error."""
        return [(found.code, found.file, found.line, found.column, found.count) for found in loaded.findings if found.is_error]

    @staticmethod
    def only(loaded: Loaded, code: str) -> Finding:
        """Return the one finding of a rule."""
        (found,) = [finding for finding in loaded.findings if finding.code == code]
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
