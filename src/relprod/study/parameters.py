"""The parameters of a study: which there are, what each is set to, and what is written down about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from relprod.study.model import METHOD_OF, Assumption, Study, models_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Parameter:
    """One value that moves a figure, with what the study says of it.

    `origin` is "study" where the study sets it, "default" where relprod's own value stands, and
    "data" where it is a column of a table. A parameter is *documented* when it has a source or a reason
    given in the study, or is a default, which carries its own source.
    """

    name: str
    value: str
    origin: str
    meaning: str
    source: str
    reason: str
    owner: str
    signed_off: str
    quality: str

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


def parameters(study: Study) -> tuple[Parameter, ...]:
    """Return every parameter in force in a study, in the order of the reference; columns that the study documents follow by name."""
    found = []
    for path, field in _fields(Study):
        section = section_at(study, path[:-1])
        if _is_parameter(field) and section is not None and _is_used(study, path):
            found.append(_describe(study, path, section, field))
    names = parameter_names()
    return (*found, *(_documented_column(name, entry) for name, entry in sorted(study.assumptions.items()) if name not in names))


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
    return Parameter(
        name=name,
        value=_text(value),
        origin="study" if is_set else "default",
        meaning=field.description or "",
        source=entry.source or ("" if is_set else default_source),
        reason=entry.reason or "",
        owner=entry.owner or "",
        signed_off=entry.signed_off.isoformat() if entry.signed_off else "",
        quality=entry.quality or "",
    )


def _text(value: object) -> str:
    """Return a value as a person writes it: lists without brackets, yes and no as in the study file."""
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _documented_column(name: str, entry: Assumption) -> Parameter:
    table, _, column = name.partition(".")
    return Parameter(
        name=name,
        value="in the table",
        origin="data",
        meaning=f"Column {column} of table {table}.",
        source=entry.source or "",
        reason=entry.reason or "",
        owner=entry.owner or "",
        signed_off=entry.signed_off.isoformat() if entry.signed_off else "",
        quality=entry.quality or "",
    )
