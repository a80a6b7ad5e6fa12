"""What a rule is."""

from __future__ import annotations

import inspect
from typing import ClassVar, Literal

Severity = Literal["error", "warning", "info"]
Scope = Literal["file", "record", "integrity", "figures"]


class Rule:
    """Something that the data must satisfy, or that a reader of the figures must be told.

    The class is named by its code. Its docstring is what ``relprod explain`` prints; `message` is a template
    for the sentence that a finding says, filled in by `relprod.tables.findings.found`.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    scope: ClassVar[Scope]
    message: ClassVar[str]

    def __init_subclass__(cls, *, name: str, severity: Severity, scope: Scope) -> None:
        """Take the code from the class's name, so that it is written once."""
        cls.code, cls.name, cls.severity, cls.scope = cls.__name__, name, severity, scope

    @classmethod
    def explain(cls) -> str:
        """Return the explanation: what it is, why it matters and what to do."""
        return inspect.cleandoc(cls.__doc__ or "")
