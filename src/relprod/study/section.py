"""What every table of the study file has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One table of the study file. Unknown keys are refused, values are not converted behind the writer's back."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)
