"""The study file as values: every section and key of ``relprod.toml``, its default and where the default comes from.

The models are the single source: the JSON Schema for editors, the refusal of unknown keys, the resolved
study in the manifest and the list of assumptions are all read off them. A key marked as a *parameter*
moves a figure and therefore appears in the list of assumptions. It is long because every key that a study may have has its line here.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, Field, PrivateAttr, ValidationInfo, WithJsonSchema, field_validator, model_validator

from relprod.periods import PeriodError, PeriodScheme
from relprod.study.exclusions import Exclusion, with_periods_of
from relprod.study.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

Formula = Literal["laspeyres", "paasche", "fisher", "tornqvist", "walsh"]
Link = Literal["previous-period", "fixed", "annual-overlap", "one-quarter-overlap", "over-the-year"]
Quality = Literal["green", "amber", "red"]
_LAST_DAY = date(2999, 12, 31)
"""Days after it are slips of the pen; and there must be days left to count a window from."""
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
    extract_start: date | None = Field(None, le=_LAST_DAY, description="First day that an extract of contacts covers.")
    extract_end: date | None = Field(None, le=_LAST_DAY, description="Last day that an extract of contacts covers.")

    @property
    def scheme(self) -> PeriodScheme:
        """How the study counts time."""
        return PeriodScheme(self.frequency, self.calendar)

    @field_validator("extract_end")
    @classmethod
    def _extract_is_a_span(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("extract_start")
        if value is not None and start is not None and value < start:
            message = f"the extract cannot end on {value}, before it begins on {start}"
            raise ValueError(message)
        return value

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
    disclosure: Literal["none", "nhs-2018"] = Field(
        "none",
        description="Whether counts of people and contacts are made fit to be published: 'nhs-2018' leaves out those from 1 to 7 and "
        "rounds the others to the nearest 5. It moves no index.",
    )


_LONGEST_DAYS = 36_525
"""A hundred years: no window or follow-up is longer."""
METHOD_OF = {
    **dict.fromkeys(
        ("window_days", "inclusive_end", "kinds", "match_on", "planned_activities", "placeholder_ids", "max_person_share"), "repeat"
    ),
    "risk_days": "repeat",
    "audit": "coded",
}
"""Keys of the section on failure demand that one method alone uses."""


class AuditSection(Section):
    """A sample of coded contacts that was coded again by someone who knows, to correct the share."""

    sensitivity: float = parameter(
        ..., "Share of failure demand that staff coded as such.", source="set by the study: an audit sample", gt=0, le=1
    )
    specificity: float = parameter(
        ..., "Share of value demand that staff coded as such.", source="set by the study: an audit sample", gt=0, le=1
    )
    sample_size: int = Field(gt=0, description="How many contacts were coded again.")

    @model_validator(mode="after")
    def _better_than_chance(self) -> Self:
        if self.sensitivity + self.specificity <= 1:
            message = "sensitivity and specificity add up to 1 or less, so the coding says nothing and cannot be corrected"
            raise ValueError(message)
        return self


class FailureDemandSection(Section):
    """Taking out the work that exists only because an earlier contact failed."""

    method: Literal["given", "coded", "repeat"] = Field(
        description="Where failure demand comes from: 'given' reads failure_volume in the activity table, 'coded' what staff coded each "
        "contact, 'repeat' finds returns and chases among a person's contacts. They are different statistics, so there is no default.",
        json_schema_extra={"parameter": True, "source": "set by the study"},
    )
    removal: float = parameter(
        1.0,
        "Share of failure demand taken out of output (the removal factor, lambda).",
        source="Seddon (2003), Freedom from Command and Control: none of it is value demand",
        ge=0,
        le=1,
    )
    window_days: int = parameter(
        28,
        "A contact is a return if it opens at most this many days after an earlier one closed.",
        source="relprod's own convention: four weeks, so that every weekday is in it equally often",
        ge=0,
        le=_LONGEST_DAYS,
    )
    inclusive_end: bool = parameter(True, "Whether the last day of the window belongs to it.", source="relprod's own convention")  # noqa: FBT003 - the default of a key
    kinds: tuple[Literal["return", "chase"], ...] = parameter(
        ("return", "chase"),
        "Which repeats are failure demand: returns after an earlier contact closed, chases while it is still open.",
        source="relprod's own convention, after Seddon: a failure to do something, or to do something right",
        min_length=1,
    )
    match_on: tuple[Literal["service", "activity", "area", "group"], ...] = parameter(
        ("service",),
        "What a person's contacts must share to be one another's repeats; nothing for any contact.",
        source="relprod's own convention",
    )
    planned_activities: tuple[str, ...] = parameter(
        (), "Activities that are planned, and so neither repeat nor repeated.", source="relprod's own convention"
    )
    placeholder_ids: tuple[str, ...] = parameter(
        (), "Person ids that stand for nobody in particular, so that their contacts are no repeats.", source="relprod's own convention"
    )
    max_person_share: float = parameter(
        0.01,
        "A person id with more than this share of all contacts, and more than 1,000 of them, is taken for a placeholder.",
        source="relprod's own convention",
        gt=0,
        le=1,
    )
    risk_days: tuple[Annotated[int, Field(ge=0, le=_LONGEST_DAYS)], ...] = Field(
        (7, 14, 28, 91, 365), description="Days after closing at which the risk of a repeat is told."
    )
    audit: AuditSection | None = Field(None, description="A second coding of a sample, by which the share is corrected.")

    @field_validator("kinds", "match_on", "planned_activities", "placeholder_ids", "risk_days", mode="before")
    @classmethod
    def _list_as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _keys_belong_to_the_method(self) -> Self:
        of_others = [key for key, method in METHOD_OF.items() if key in self.model_fields_set and method != self.method]
        if of_others:
            key = of_others[0]
            message = f"{key}: belongs to method = '{METHOD_OF[key]}', and the method is '{self.method}': take it out"
            raise ValueError(message)
        return self


class EquitySection(Section):
    """Weighing outcomes by who they go to."""

    aversion: float = parameter(
        ..., "Aversion to inequality (epsilon): 0 counts every outcome alike, more counts those of the worse-off for more.",
        source="set by the study", ge=0, le=100,
    )  # fmt: skip
    outcome: Literal["outcome_after", "resolved", "table"] = parameter(
        "outcome_after",
        "Which outcome: from contacts their outcome_after or resolved, or the table outcomes.",
        source="relprod's own convention",
    )


class UnpaidSection(Section):
    """The work of families, volunteers and people themselves, in an extended account beside the core."""

    output_side: Literal["hours", "in-outcome"] = Field(
        description="What unpaid work adds to output: its sustainable 'hours', or nothing because the output measure is an outcome that "
        "already includes it ('in-outcome'). There is no default.",
        json_schema_extra={"parameter": True, "source": "set by the study"},
    )


class ContactQualitySection(Section):
    """Quality of services from the outcomes of their contacts."""

    measure: Literal["mean-gain"] = Field(
        "mean-gain",
        description="Mean outcome after over mean outcome before, of contacts that have both, as an indicator of which more is better.",
    )
    attribution: float = parameter(
        ..., "Part of the change in outcomes that is the service's own doing.", source="set by the study", ge=0, le=1
    )


class ContinuitySection(Section):
    """What else is told about the relationship."""

    paid_minutes_input: str | None = Field(None, min_length=1, description="Name of the input whose volume is minutes paid for.")


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
    exclusions: tuple[Exclusion, ...] = Field((), description="Rows left out on declared grounds, one entry each.")
    output: OutputSection = Field(default_factory=OutputSection)
    failure_demand: FailureDemandSection | None = None
    contact_quality: ContactQualitySection | None = None
    equity: EquitySection | None = None
    unpaid: UnpaidSection | None = None
    continuity: ContinuitySection = Field(default_factory=ContinuitySection)
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

    @model_validator(mode="after")
    def _nothing_counts_twice(self) -> Self:
        """Refuse families' work as output beside a quality that already credits the service with all of the outcome."""
        if self.unpaid and self.unpaid.output_side == "hours" and self.contact_quality and self.contact_quality.attribution == 1:
            message = (
                "[unpaid] output_side = 'hours' and [contact_quality] attribution = 1 count one thing twice: the service is already "
                "credited with what families did, because all of the change in people's outcomes is taken to be its own doing. Set "
                "output_side = 'in-outcome', or an attribution below 1"
            )
            raise ValueError(message)
        return self

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

    @field_validator("exclusions", mode="before")
    @classmethod
    def _exclusions_are_a_list(cls, value: object) -> object:
        if not isinstance(value, (list, tuple)) or not all(isinstance(each, (dict, Exclusion)) for each in value):
            message = "should be written [[exclusions]], in two brackets on a line of its own, once for each entry, and its keys below"
            raise ValueError(message)
        return tuple(value)

    @field_validator("exclusions")
    @classmethod
    def _exclusions_name_periods(cls, value: tuple[Exclusion, ...], info: ValidationInfo) -> tuple[Exclusion, ...]:
        section = info.data.get("study")
        return value if section is None else with_periods_of(value, section.scheme, dates_are_text=info.mode == "json")

    def resolved(self) -> dict[str, Any]:
        """Return the study with every default written out, as plain values with stable order."""
        resolved = self.model_dump(mode="json")
        if self.failure_demand is not None:
            of_others = [key for key, method in METHOD_OF.items() if method != self.failure_demand.method]
            resolved["failure_demand"] = {key: value for key, value in resolved["failure_demand"].items() if key not in of_others}
        return resolved
