"""A study as a run's manifest recorded it: every default written out, and which values were defaults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from relprod.errors import StudyError
from relprod.study.model import Study
from relprod.study.parameters import section_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def recorded_study(content: Mapping[str, Any], assumptions: Iterable[Mapping[str, Any]], folder: Path = Path()) -> Study:
    """Return the study that a manifest recorded, lying in `folder`.

    `content` is the resolved study, and `assumptions` the parameters beside it, which say what was a default: its value is kept as
    it was recorded, whatever the default is today, and it still counts as one.

    Raises:
        StudyError: this version of relprod does not know such a study.

    """
    try:
        study = Study.model_validate_json(json.dumps(content))
    except ValidationError as error:
        places = ", ".join(sorted({".".join(str(part) for part in each["loc"]) for each in error.errors()}))
        message = f"The study that the run recorded cannot be used by this version of relprod: {places}. Use the version in its manifest."
        raise StudyError(message) from None
    for entry in assumptions:
        path = str(entry["name"]).split(".")
        section = section_at(study, tuple(path[:-1]))
        if entry["origin"] == "default" and section is not None:
            section.model_fields_set.discard(path[-1])
    return study.located(folder)
