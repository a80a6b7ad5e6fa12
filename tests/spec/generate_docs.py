"""Write docs/method from the pages of the specification: `PYTHONPATH=src:tests python -m spec.generate_docs`, from the root."""

from __future__ import annotations

import textwrap
from pathlib import Path

from .example import Example, read
from .pages import PAGES, name_of

FOLDER = Path(__file__).parents[2] / "docs" / "method"
COMMAND = "PYTHONPATH=src:tests python -m spec.generate_docs"
NOTE = f"<!-- Made by `{COMMAND}` from tests/spec. Every figure on this page is computed by the test suite. Do not edit. -->"
QUESTIONS = {
    "index": "The index, with the matched share of base value in per cent",
    "productivity": "The account",
    "bridge": "The bridge, in percentage points",
    "contributions": "Contributions to growth, in percentage points",
    "links": "Links, with the matched share of base value in per cent",
    "quality": "The quality level k",
    "failure demand": "Failure demand: share of volume in per cent, and cost",
    "sum": "The sum",
    "repeats": "Returns, chases, and failure demand (either)",
    "coded share": "Share of failure demand, its bounds, and the share corrected by the audit",
    "continuity": "Continuity",
    "equity": "Mean, equally distributed equivalent, equity factor and slope index",
    "extended account": "Core and extended productivity",
}


def table(text: str) -> str:
    """Return a table in Markdown."""
    rows = read(text)
    columns = list(rows[0])
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in columns}
    lines = [{name: name for name in columns}, {name: "-" * widths[name] for name in columns}, *rows]
    return "\n".join("| " + " | ".join(line[name].ljust(widths[name]) for name in columns) + " |" for line in lines)


def prose(text: str) -> str:
    return textwrap.dedent(text).strip()


def section(example: Example) -> str:
    """Return an example as a section of a page."""
    settings = ", ".join(f"{key} = {value}" for key, value in example.settings.items())
    parts = [f"## {example.title}", prose(example.text)]
    parts += [f"Table `{name}`:\n\n{table(text)}" for name, text in example.given.items()]
    parts += [f"Settings: {settings}."] if settings else []
    parts += [f"{QUESTIONS[question].rstrip()}:\n\n{table(text)}" for question, text in example.expected.items()]
    return "\n\n".join(parts)


def page_text(page: object) -> str:
    """Return a whole page."""
    parts = [f"# {page.title}", NOTE, prose(page.text), *(section(example) for example in page.examples)]  # type: ignore[attr-defined]
    return "\n\n".join(parts) + "\n"


def contents() -> str:
    """Return the page that lists the others."""
    lines = [f"- [{page.title}]({name_of(page)})" for page in PAGES]
    return "\n\n".join(["# The method, by worked examples", NOTE, INTRODUCTION, "\n".join(lines)]) + "\n"


INTRODUCTION = prose("""
    How relprod computes its figures, in examples small enough to check with a calculator. Each table that comes out of an
    example is compared with what relprod computes whenever its tests are run.
    """)


def documents() -> dict[str, str]:
    """Return every page by its file name."""
    return {"README.md": contents()} | {name_of(page): page_text(page) for page in PAGES}


def main() -> None:
    """Write the pages, and take away those that are no longer made."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in FOLDER.glob("*.md"):
        file.unlink()
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
