"""Printing that leaves no blanks at the ends of lines when it goes to a file or another program."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def print_plain(console: Console, *shown: RenderableType) -> None:
    """Print; where that is no terminal, without the blanks with which lines would be filled up to its width."""
    if console.is_terminal:
        for each in shown:
            console.print(each)
        return
    with console.capture() as captured:
        for each in shown:
            console.print(each)
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
