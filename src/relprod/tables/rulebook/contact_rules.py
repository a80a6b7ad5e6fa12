"""Rules about contacts as a whole: the extract that they come from, and what is known of persons, workers, areas and groups."""

from __future__ import annotations

from relprod.tables.rulebook.base import Rule


class RP071(Rule, name="extract-not-given", severity="error", scope="integrity"):
    """The study has contacts, and does not say which days their extract covers.

    Whether a contact led to another can only be told within the extract, so its first and its last day move the
    figures, and relprod does not guess them from the rows.

    What to do: set extract_start and extract_end in the section [study] to the first and the last day that the extract
    was made for.
    """

    message = "The study has contacts and no {missing}: set it in [study] to the first and last day that the extract covers."


class RP072(Rule, name="opened-outside-extract", severity="warning", scope="integrity"):
    """Contacts were opened before the first day of the extract, or after its last.

    They are left out. An extract by date of opening holds none of them; one by date of closing holds only those of the
    earlier contacts that were still open, and counting those would mislead.

    What to do: correct extract_start and extract_end if the extract is longer than the study says. Otherwise nothing.
    """

    message = "Opened outside the extract ({start} to {end}), and left out: {cases}."


class RP073(Rule, name="closed-after-extract", severity="info", scope="integrity"):
    """Contacts were closed after the last day of the extract.

    On that day they were open, and so they count as open: what happened later is known for some contacts only.

    What to do: nothing, if extract_end is right.
    """

    message = "Closed after the last day of the extract ({end}), and so counted as still open: {cases}."


class RP074(Rule, name="unknown-area", severity="warning", scope="integrity"):
    """Contacts have an area that the table areas does not hold.

    Without it they belong to no group, unless the contact names its own.

    What to do: add the areas to the table areas. Codes of areas change: see that both are of the same year.
    """

    message = "Areas that are not in the table 'areas' ({cases}). Add them there, or see that both use codes of the same year."


class RP075(Rule, name="group-unknown", severity="warning", scope="integrity"):
    """Contacts belong to no group: they name none, and neither does their area.

    They have no part in the measures by group. Where they are many, or not like the others, those measures mislead.

    What to do: fill in the group or the area, or add the area to the table areas.
    """

    message = "Contacts without a group, neither their own nor one of their area, are left out of measures by group ({cases})."


class RP076(Rule, name="worker-unknown", severity="info", scope="integrity"):
    """Contacts have no worker.

    They have no part in the measures of continuity.

    What to do: fill in worker_id where it can be found.
    """

    message = "Contacts without a worker are left out of continuity ({cases})."


class RP077(Rule, name="person-unknown", severity="warning", scope="integrity"):
    """Contacts have no person: person_id is empty, or one of the study's placeholder_ids.

    They count as activity, and leave the measures that follow persons: nobody knows whom to follow.

    What to do: fill in person_id where it can be found. The share of such contacts belongs beside the figures.
    """

    message = "Contacts of nobody known (person_id is empty, or stands for nobody) leave the measures that follow persons ({cases})."


class RP078(Rule, name="person-spelt-differently", severity="warning", scope="integrity"):
    """The same person_id is written with different capitals or spaces.

    relprod takes identifiers as they are, so these are different persons to it, and a repeat between them is not seen.

    What to do: write each identifier in one way, and make the extract again.
    """

    message = "The same person_id in another spelling of capitals or spaces counts as another person ({cases}). Write each in one way."


class RP079(Rule, name="person-implausible", severity="warning", scope="integrity"):
    """One person_id has so many of all contacts that it hardly stands for one person.

    Case systems often give one identifier to everybody who is not known. Such contacts count as activity, and leave the
    measures that follow persons. The limit is max_person_share in the section [failure_demand].

    What to do: name the identifier in placeholder_ids, or raise max_person_share if it is one person after all.
    """

    message = (
        "{ids} with more than {share} of all contacts cannot be one person, and the contacts leave the measures that follow persons "
        "({cases}). If it stands for nobody, name it in placeholder_ids."
    )
