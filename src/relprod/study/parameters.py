"""The parameters of a study: which there are, what each is set to, and what is written down about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relprod.study.model import Assumption, Study, models_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
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


def _section_models() -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield each section of the study file that is one model of keys."""
    for name, field in Study.model_fields.items():
        for model in models_in(field):
            yield name, model


def _is_parameter(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("parameter"))


def parameter_names() -> tuple[str, ...]:
    """Return the name of every parameter that a study file can set, as ``section.key``."""
    return tuple(
        f"{section}.{key}" for section, model in _section_models() for key, field in model.model_fields.items() if _is_parameter(field)
    )


def parameters(study: Study) -> tuple[Parameter, ...]:
    """Return every parameter in force in a study, in the order of the study file."""
    found = []
    for section, model in _section_models():
        values = getattr(study, section)
        if values is None:
            continue
        for key, field in model.model_fields.items():
            if _is_parameter(field):
                found.append(_describe(study, f"{section}.{key}", getattr(values, key), field, is_set=key in values.model_fields_set))
    found += [_documented_column(name, entry) for name, entry in study.assumptions.items() if name not in parameter_names()]
    return tuple(found)


def _describe(study: Study, name: str, value: Any, field: FieldInfo, *, is_set: bool) -> Parameter:  # noqa: ANN401 - any value of the study
    extra = field.json_schema_extra
    default_source = str(extra.get("source", "")) if isinstance(extra, dict) else ""
    entry = study.assumptions.get(name, Assumption())
    return Parameter(
        name=name,
        value=str(value),
        origin="study" if is_set else "default",
        meaning=field.description or "",
        source=entry.source or ("" if is_set else default_source),
        reason=entry.reason or "",
        owner=entry.owner or "",
        signed_off=entry.signed_off.isoformat() if entry.signed_off else "",
        quality=entry.quality or "",
    )


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
