"""The registry of rules: every code with its class, in the order of the codes.

One class a rule is the single source of what is checked: its name, its severity, the sentence of a finding, and
the explanation that ``relprod explain`` prints. RP001 to RP019 and RP082 are about files, RP020 to RP039 about records,
RP040 to RP059 about rows and tables together, RP060 onwards about figures, RP071 to RP079 about contacts as a whole,
RP080 and RP081 about rows that are left out, RP090 onwards about figures again.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from relprod.tables.rulebook import (
    contact_rules,
    exclusion_rules,
    figures_rules,
    file_rules,
    integrity_rules,
    record_rules,
    relational_rules,
)
from relprod.tables.rulebook.base import Rule, Scope, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

__all__ = ["RULES", "Rule", "Scope", "Severity"]


def _rules_in(module: ModuleType) -> Iterator[type[Rule]]:
    """Yield the rules that a module defines."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Rule) and value is not Rule:
            yield value


RULES: Mapping[str, type[Rule]] = MappingProxyType(
    {
        rule.code: rule
        for rule in sorted(
            (
                rule
                for module in (file_rules, record_rules, integrity_rules, contact_rules, exclusion_rules, figures_rules, relational_rules)
                for rule in _rules_in(module)
            ),
            key=lambda rule: rule.code,
        )
    }
)
