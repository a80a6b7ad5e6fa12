"""What a long run says while it works, and how long its stages took."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Progress:
    """Says which stage is under way, and keeps how long each took, in seconds."""

    say: Callable[[str], None] = lambda stage: None  # noqa: ARG005 - the default says nothing
    log: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        self.say(name)
        start = time.perf_counter()
        yield
        self.log.append((name, time.perf_counter() - start))
