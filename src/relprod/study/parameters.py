"""The parameters of a study: which there are, what each is set to, and what is written down about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from relprod.study.columns import columns_of
from relprod.study.glossary import TERMS, term_of
from relprod.study.model import METHOD_OF, Assumption, Study, models_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Parameter:
    """One value that moves a figure, with what the study says of it.

    `term` is its name in the field, and `enters` the step of the account, or the table, in which it takes part.
    `origin` is "study" where the study sets it, "default" where relprod's own value stands, and
    "data" where it is a column of a table. A parameter is *documented* when it has a source or a reason
    given in the study, or is a default, which carries its own source.
    """

    name: str
    term: str
    value: str
    origin: str
    meaning: str
    source: str
    reason: str
    owner: str
    signed_off: str
    quality: str
    enters: str

    @property
    def documented(self) -> bool:
        """Whether a source is written down."""
        return bool(self.source)


def _fields(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Yield every key of a model, and of the sections in it, as its path and its field."""
    for key, field in model.model_fields.items():
        inside = list(models_in(field))
        if not inside:
            yield (*prefix, key), field
        for each in inside:
            yield from _fields(each, (*prefix, key))


def _is_parameter(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("parameter"))


def parameter_names() -> tuple[str, ...]:
    """Return the name of every parameter that a study file can set, as ``section.key``."""
    return tuple(".".join(path) for path, field in _fields(Study) if _is_parameter(field))


def parameters(study: Study, frames: Collection[str] = ()) -> tuple[Parameter, ...]:
    """Return every parameter in force in a study, in the order of the reference; columns of its tables follow by name.

    `frames` names the tables that it has beside those of its file. A column is a parameter where each of its
    rows is a judgement or an estimate (those in the glossary), or where the study documents it.
    """
    found = []
    for path, field in _fields(Study):
        section = section_at(study, path[:-1])
        if _is_parameter(field) and section is not None and _is_used(study, path):
            found.append(_describe(study, path, section, field))
    return (*found, *(_column(name, study.assumptions.get(name, Assumption())) for name in _columns(study, frames)))


def _columns(study: Study, frames: Collection[str]) -> list[str]:
    """Return the names of the columns that are parameters, sorted."""
    tables = {*study.tables, *frames} - ({"unpaid"} if study.unpaid is None else set())
    ours = set(parameter_names())
    in_tables = {name for name in TERMS.keys() - ours if name.split(".")[0] in tables}
    return sorted(in_tables | (study.assumptions.keys() - ours))


def section_at(study: Study, path: tuple[str, ...]) -> BaseModel | None:
    """Return the section at a path, or None where the study does without it."""
    section: Any = study
    for key in path:
        section = getattr(section, key, None)
    return section if isinstance(section, BaseModel) else None


def _is_used(study: Study, path: tuple[str, ...]) -> bool:
    """Return whether a parameter belongs to the method that the study uses."""
    chosen = study.failure_demand
    return path[0] != "failure_demand" or chosen is None or METHOD_OF.get(path[1], chosen.method) == chosen.method


def _describe(study: Study, path: tuple[str, ...], section: BaseModel, field: FieldInfo) -> Parameter:
    name, value, is_set = ".".join(path), getattr(section, path[-1]), path[-1] in section.model_fields_set
    extra = field.json_schema_extra
    default_source = str(extra.get("source", "")) if isinstance(extra, dict) else ""
    entry = study.assumptions.get(name, Assumption())
    source = entry.source or ("" if is_set else default_source)
    return _entered(name, value_text(value), "study" if is_set else "default", field.description or "", entry, source)


def value_text(value: object) -> str:
    """Return a value as a person writes it: lists without brackets, yes and no as in the study file."""
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _column(name: str, entry: Assumption) -> Parameter:
    table, _, column = name.partition(".")
    return _entered(name, "in the table", "data", columns_of(table)[column]["description"], entry, entry.source or "")


def _entered(name: str, value: str, origin: str, meaning: str, entry: Assumption, source: str) -> Parameter:  # noqa: PLR0913, PLR0917 - what the two kinds of parameter differ in
    """Return a parameter with what the study says of it."""
    term = term_of(name)
    return Parameter(
        name=name,
        term=term.term,
        value=value,
        origin=origin,
        meaning=meaning,
        source=source,
        reason=entry.reason or "",
        owner=entry.owner or "",
        signed_off=entry.signed_off.isoformat() if entry.signed_off else "",
        quality=entry.quality or "",
        enters=term.enters,
    )
