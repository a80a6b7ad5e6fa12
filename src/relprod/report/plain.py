"""Printing that lets no name from a file move the cursor, and leaves no blanks at the ends of lines where it goes to no terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment

from relprod.shown import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult


@dataclass(frozen=True)
class _Visible:
    """Something to print, in which characters that do not print are written out; colours are added after this."""

    inside: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.inside, options):
            yield segment if segment.control else Segment(visible(segment.text, keep="\n"), segment.style)


def print_plain(console: Console, *shown: RenderableType) -> None:
    """Print; where that is no terminal, without the blanks with which lines would be filled up to its width."""
    if console.is_terminal:
        for each in shown:
            console.print(_Visible(each))
        return
    with console.capture() as captured:
        for each in shown:
            console.print(_Visible(each))
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
