"""Two studies key by key, as manifests record them: every default written out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class KeyChange:
    """One key whose value differs; None where a study does not set it. A section that one study does without is one key."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def key(self) -> str:
        """The key as it is written in prose: "equity.aversion"."""
        return ".".join(self.path)

    @property
    def says(self) -> str:
        """What became of it: "was 1.0, and is 0.5"."""
        return f"was {_said(self.before)}, and is {_said(self.after)}"


def key_changes(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[KeyChange]:  # noqa: ANN401 - a JSON value
    """Yield each key whose value differs between two studies, in the order of their names."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from key_changes(before.get(key), after.get(key), (*path, key))
    elif _are_entries(before) and _are_entries(after):
        yield from key_changes(_numbered(before), _numbered(after), path)
    elif before != after:
        yield KeyChange(path, before, after)


def _are_entries(value: object) -> bool:
    """Return whether a value is a list of sections, written [[so]] in the study file."""
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _numbered(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return entries by their numbers, 1 first."""
    return {str(number): entry for number, entry in enumerate(entries, start=1)}


def _said(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, list):
        return f"[{', '.join(_said(each) for each in value)}]"
    if isinstance(value, dict):
        return "set" if value else "empty"
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
