"""The manual against the program: every example of every page, and the pages on disk."""

from __future__ import annotations

import pytest

from .answers import LABELS, answer
from .example import Example, Rows, read, written
from .generate_docs import COMMAND, FOLDER, documents
from .pages import PAGES, name_of

EXAMPLES = [
    pytest.param(example, question, id=f"{name_of(page)}: {example.title}: {question}")
    for page in PAGES
    for example in page.examples
    for question in example.expected
]


def as_written(example: Example, question: str) -> Rows:
    """Return what relprod computes, in the rows and columns of the expected table, to the decimals written there."""
    found = answer(example, question)
    rows = []
    for row in read(example.expected[question]):
        labels = {name: text for name, text in row.items() if name in LABELS}
        (match,) = (each for each in found if all(each[name] == text for name, text in labels.items()))
        rows.append({name: written(match[name], text) for name, text in row.items()})
    return rows


@pytest.mark.parametrize(("example", "question"), EXAMPLES)
def test_example(example, question):
    assert read(example.expected[question]) == as_written(example, question)


def test_every_page_has_examples_with_an_answer():
    assert all(page.examples and all(example.expected for example in page.examples) for page in PAGES)


def test_the_pages_on_disk_are_those_of_the_specification():
    expected = documents()
    actual = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}
    stale = sorted(name for name in {*expected, *actual} if expected.get(name) != actual.get(name))
    assert stale == [], f"docs/method is out of date: run {COMMAND}"
