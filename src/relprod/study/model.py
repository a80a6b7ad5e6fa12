"""The study file as values: every section and key of ``relprod.toml``, its default and where the default comes from.

The models are the single source: the JSON Schema for editors, the refusal of unknown keys, the resolved
study in the manifest and the list of assumptions are all read off them. A key marked as a *parameter*
moves a figure and therefore appears in the list of assumptions.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, WithJsonSchema, field_validator

from relprod.periods import PeriodError, PeriodScheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

Formula = Literal["laspeyres", "paasche", "fisher", "tornqvist", "walsh"]
Link = Literal["previous-period", "fixed", "annual-overlap", "one-quarter-overlap", "over-the-year"]
Quality = Literal["green", "amber", "red"]
TABLE_NAMES = (
    "activity",
    "contacts",
    "unit_costs",
    "inputs",
    "deflators",
    "quality",
    "outcomes",
    "unpaid",
    "areas",
    "controls",
    "published",
)


def parameter(default: Any, description: str, *, source: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field is typed so
    """Return a field that moves a figure: `source` says where its default comes from."""
    return Field(default, description=description, json_schema_extra={"parameter": True, "source": source}, **limits)


class Section(BaseModel):
    """One table of the study file. Unknown keys are refused, values are not converted behind the writer's back."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def models_in(field: FieldInfo) -> Iterator[type[BaseModel]]:
    """Yield the models that a field of a model is, or holds."""
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            yield candidate


_ONE_PATH_OR_MANY: dict[str, Any] = {
    "anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}]
}


class StudySection(Section):
    """What is being accounted for, and how time is counted."""

    title: str = Field(min_length=1, description="What the study is about; printed at the head of the summary.")
    frequency: Literal["month", "quarter", "year"] = Field(description="The length of a period.")
    calendar: Literal["financial-uk", "calendar"] = Field(description="When a year starts: April (financial-uk) or January (calendar).")
    reference: str = Field(
        description="The period, or the year (its mean), that every index calls 100.",
        json_schema_extra={"parameter": True, "source": "set by the study"},
    )
    currency: str = Field("GBP", min_length=1, description="A label for money; nothing is converted.")
    extract_start: date | None = Field(None, description="First day that an extract of contacts covers.")
    extract_end: date | None = Field(None, description="Last day that an extract of contacts covers.")

    @property
    def scheme(self) -> PeriodScheme:
        """How the study counts time."""
        return PeriodScheme(self.frequency, self.calendar)

    @field_validator("reference")
    @classmethod
    def _reference_is_a_period(cls, value: str, info: ValidationInfo) -> str:
        if not {"frequency", "calendar"} <= info.data.keys():
            return value
        scheme = PeriodScheme(info.data["frequency"], info.data["calendar"])
        try:
            scheme.parse_span(value)
        except PeriodError as error:
            message = f"{error} or, for the mean of a year, like {scheme.year_example}"
            raise ValueError(message) from None
        return value


class TableSource(Section):
    """Where one table's files are and how they are written."""

    path: Annotated[tuple[str, ...], WithJsonSchema(_ONE_PATH_OR_MANY)] = Field(
        description="File, glob, or list of these, relative to the study file (.csv, .csv.gz, .parquet)."
    )
    columns: dict[str, str] = Field(default_factory=dict, description="Column names: relprod's = the file's.")
    date_format: str | None = Field(
        None, description="How dates are written, in strptime's terms, for example %d/%m/%Y. Default: ISO 8601."
    )
    encoding: str = Field("utf-8", description="Encoding of the text; a byte order mark is tolerated.")

    @field_validator("path", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        if isinstance(value, str):
            return (value,)
        return tuple(value) if isinstance(value, list) else value

    @field_validator("path")
    @classmethod
    def _not_empty(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not all(text.strip() for text in value):
            message = "no path is given"
            raise ValueError(message)
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            message = f"'{value}' is not an encoding; common ones are utf-8, cp1252 and utf-16"
            raise ValueError(message) from None
        return value


class OutputSection(Section):
    """How volumes become indices."""

    index: Formula = parameter("laspeyres", "Index formula.", source="ONS (2023), public service productivity: Laspeyres")
    link: Link = parameter(
        "annual-overlap",
        "How periods are linked into a chain.",
        source="ONS (2023): previous-year weights; IMF (2017), Quarterly National Accounts Manual, ch. 8: annual overlap",
    )
    min_match: float = parameter(
        0.9,
        "Below this matched share of a link's base value a warning is given.",
        source="relprod's own convention",
        ge=0,
        le=1,
    )
    min_match_error: float = parameter(
        0.5,
        "Below this matched share of a link's base value the account is refused.",
        source="relprod's own convention",
        ge=0,
        le=1,
    )


class FailureDemandSection(Section):
    """Taking out the work that exists only because an earlier contact failed."""

    method: Literal["given"] = Field(
        description="Where failure demand comes from: 'given' reads failure_volume in the activity table. "
        "Methods are different statistics, so there is no default.",
        json_schema_extra={"parameter": True, "source": "set by the study"},
    )
    removal: float = parameter(
        1.0,
        "Share of failure demand taken out of output (the removal factor, lambda).",
        source="Seddon (2003), Freedom from Command and Control: none of it is value demand",
        ge=0,
        le=1,
    )


class ControlsSection(Section):
    """How closely tables must agree with the totals of the ledger."""

    tolerance: float = parameter(
        0.01,
        "Largest relative difference between a table's total and its control total.",
        source="relprod's own convention: 1 %",
        ge=0,
    )


class Assumption(Section):
    """Why a parameter has the value it has, and who answers for it."""

    source: str | None = Field(None, min_length=1, description="Where the value comes from.")
    reason: str | None = Field(None, min_length=1, description="Why this value is right here.")
    owner: str | None = Field(None, min_length=1, description="Who answers for it.")
    signed_off: date | None = Field(None, description="When the owner signed it off.")
    quality: Quality | None = Field(None, description="How good the evidence is.")


class Study(Section):
    """A whole study file. `folder` is where it lies: paths in it are relative to that."""

    study: StudySection
    tables: dict[str, TableSource] = Field(
        description="The input tables by name: a path, a list of paths, or a section with path and more.",
        json_schema_extra=lambda schema: schema.update(
            additionalProperties={"anyOf": [*_ONE_PATH_OR_MANY["anyOf"], schema["additionalProperties"]]}
        ),
    )
    output: OutputSection = Field(default_factory=OutputSection)
    failure_demand: FailureDemandSection | None = None
    controls: ControlsSection = Field(default_factory=ControlsSection)
    assumptions: dict[str, Assumption] = Field(default_factory=dict, description="Source, reason and owner of each parameter, by its name.")

    _folder: Path = PrivateAttr(default_factory=Path)
    _file: str = PrivateAttr(default="relprod.toml")

    @property
    def folder(self) -> Path:
        """The folder that paths in the study are relative to."""
        return self._folder

    @property
    def file(self) -> str:
        """The study file's name."""
        return self._file

    @property
    def scheme(self) -> PeriodScheme:
        """How the study counts time."""
        return self.study.scheme

    def located(self, folder: Path, file: str = "relprod.toml") -> Study:
        """Return the same study, lying in `folder`."""
        copy = self.model_copy()
        copy._folder, copy._file = folder, file  # noqa: SLF001 - a private attribute of the same class
        return copy

    @field_validator("tables", mode="before")
    @classmethod
    def _a_path_is_a_table(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: {"path": entry} if isinstance(entry, (str, list)) else entry for name, entry in value.items()}

    def resolved(self) -> dict[str, Any]:
        """Return the study with every default written out, as plain values with stable order."""
        return self.model_dump(mode="json")
