"""A run as a value: the tables of figures and the manifest, wherever they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relprod.run.schemas import run_table_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Run:
    """The figures of a study.

    Every table is an attribute by its name, as a pandas frame: `run.productivity`, `run.bridge`, and so on; `tables`
    holds them as Arrow tables. `manifest` says what they were computed from. `folder` is where they lie, if anywhere.
    """

    tables: Mapping[str, pa.Table]
    manifest: Mapping[str, Any]
    folder: Path | None = field(default=None, compare=False)

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return one of the run's tables as a frame."""
        tables = self.__dict__.get("tables", {})
        if name in tables:
            frame: pd.DataFrame = tables[name].to_pandas()
            return frame
        if name in run_table_names():
            message = f"this run has no table '{name}': the study does not ask for it"
            raise AttributeError(message)
        message = f"a run has no '{name}'; its tables are {', '.join(tables)}"
        raise AttributeError(message)

    @property
    def study(self) -> Mapping[str, Any]:
        """The study with every default written out."""
        return self.manifest["study"]  # type: ignore[no-any-return]
