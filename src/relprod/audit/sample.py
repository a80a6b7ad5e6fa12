"""A random part of a run instead of all of it: for runs that take long to compute again.

The digests of all files are compared. Of the figures some are drawn, and worked out from their parts; of the cells behind them
some are drawn, and added up from the lines of the inputs. What is drawn depends on the seed and on nothing else.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from relprod.audit.answers import Answer, Difference
from relprod.audit.compare import key_of
from relprod.audit.figures import touched
from relprod.audit.trace.lines import input_rows
from relprod.audit.trace.node import reckon
from relprod.audit.trace.trace import cells_of
from relprod.audit.trace.tracer import COLUMNS, Figure, Tracer
from relprod.errors import OutputError
from relprod.run.model import Run
from relprod.tables.findings import counted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from relprod.audit.figures import Held
    from relprod.audit.inputs import Inputs
    from relprod.audit.trace.lines import CellLines
    from relprod.audit.trace.node import Node, Number
    from relprod.study.model import Study

DEFAULT_SEED = 1


def sampled_answer(held: Held, study: Study, inputs: Inputs | None, size: int, seed: int) -> Answer:
    """Return whether the files of a run are untouched and a random part of its figures and cells comes out again.

    `inputs` are the files that were used, where they are at hand; without them no lines are added up.
    """
    changed = list(touched(held))
    try:
        tracer = Tracer(Run(held.tables, held.manifest, held.folder))
    except (OutputError, KeyError, ValueError):
        says = "The cells of the run cannot be read, so that nothing can be worked out from them."
        return Answer("figures", holds=False if changed else None, says=says, differences=tuple(changed))
    drawn = random.Random(seed)  # noqa: S311 - a sample that anybody can draw again
    figures = draw_figures(tracer, size, drawn)
    wrong = [*changed, *_not_again(tracer, figures)]
    cells = _draw_cells(tracer, figures, size, drawn)
    added_up, differ = (0, []) if inputs is None else _added_up(study, inputs, cells)
    wrong += differ
    part = f"{counted(len(figures), 'figure')} drawn (seed {seed})"
    if wrong:
        return Answer("figures", holds=False, says=f"Of {part}, and of the files, something differs.", differences=tuple(wrong))
    lines = f", and the lines of {counted(added_up, 'cell')} behind them add up" if added_up else ""
    says = f"Of {part} each comes out of its cells to the last bit{lines}. The rest was not computed again."
    return Answer("figures", holds=True, says=says)


def draw_figures(tracer: Tracer, size: int, drawn: random.Random) -> list[Figure]:
    """Return figures of a run, drawn at random from all that can be traced; all of them where there are no more."""
    places = [
        (table, row, column)
        for table, columns in COLUMNS.items()
        if table in tracer.run.tables
        for column in columns
        for row, value in enumerate(tracer.run.tables[table][column].to_pylist())
        if value is not None
    ]
    chosen = drawn.sample(places, min(size, len(places)))
    return [
        Figure(table, {name: tracer.run.tables[table][name][row].as_py() for name in key_of(table)}, column)
        for table, row, column in chosen
    ]


def _not_again(tracer: Tracer, figures: list[Figure]) -> Iterator[Difference]:
    """Yield each figure that does not come out of its parts."""
    known: dict[Hashable, Number] = {}
    for figure in figures:
        recorded, reckoned = tracer.recorded(figure), reckon(tracer.node(figure), known)
        if recorded != reckoned:
            row = ", ".join(str(part) for part in figure.key.values())
            yield Difference(f"{figure.table}.parquet", f"{row}: {figure.column} is {recorded}, and comes out as {reckoned}")


def _draw_cells(tracer: Tracer, figures: list[Figure], size: int, drawn: random.Random) -> list[Node]:
    """Return cells behind figures, drawn at random."""
    cells = {cell.key: cell for figure in figures for cell in cells_of(tracer, figure)}
    return drawn.sample(list(cells.values()), min(size, len(cells)))


def _added_up(study: Study, inputs: Inputs, cells: list[Node]) -> tuple[int, list[Difference]]:
    """Return how many cells could be added up from their lines, and each whose lines do not come to it."""
    with input_rows(study, inputs) as rows:
        found = [rows.of(cell.cell, cell.value) for cell in cells if cell.cell is not None]
    return sum(each.agrees is not None for each in found), [_difference(each) for each in found if each.agrees is False]


def _difference(lines: CellLines) -> Difference:
    where = ", ".join(text or "" for _, text in lines.cell.rows)
    return Difference(lines.cell.table, f"{where}: the lines do not add up to {lines.cell.column}")
