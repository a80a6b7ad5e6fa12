"""The pages of the manual, in the order in which they are read."""

from __future__ import annotations

from . import aggregation, contacts_and_people, exactness, index_numbers, inputs, links, productivity, quality, value_demand

PAGES = (index_numbers, links, quality, value_demand, inputs, aggregation, productivity, exactness, contacts_and_people)


def name_of(page: object) -> str:
    """Return the file name of a page, for example 01-index-numbers.md."""
    number = next(place for place, each in enumerate(PAGES, start=1) if each is page)
    return f"{number:02d}-{page.__name__.rsplit('.', maxsplit=1)[-1].replace('_', '-')}.md"  # type: ignore[attr-defined]
