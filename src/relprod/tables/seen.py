"""What is known of all records of a table of many rows from having read them, so that nothing has to be looked for that is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow.compute as pc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pyarrow as pa


@dataclass
class Seen:
    """What some record has; records that are read again, or that the study leaves out, may be among them."""

    gaps: set[str] = field(default_factory=set)
    """Columns in which some record has nothing."""
    unknown_areas: bool = False
    """Whether some area is in no table of areas."""
    opened: tuple[dt.datetime, dt.datetime] | None = None
    """The first and the last moment at which a contact was opened."""
    last_closed: dt.datetime | None = None

    def note(self, table: pa.Table, numbers: Mapping[str, str]) -> None:
        """Take down what some records have; `numbers` names the columns of numbers that stand beside some columns, in place of texts."""
        for name in table.column_names:
            filled = sum(table.num_rows - table[each].null_count for each in (name, numbers.get(name)) if each is not None)
            if filled < table.num_rows:
                self.gaps.add(name)
        opened, closed = pc.min_max(table["opened"]), pc.max(table["closed"]).as_py()
        first, last = opened["min"].as_py(), opened["max"].as_py()
        if first is not None:
            self.opened = (first, last) if self.opened is None else (min(first, self.opened[0]), max(last, self.opened[1]))
        if closed is not None:
            self.last_closed = closed if self.last_closed is None else max(closed, self.last_closed)
