"""Rules across rows and across tables: keys, names that must be known elsewhere, gaps in time."""

from __future__ import annotations

from relprod.tables.rulebook.base import Rule


class RP040(Rule, name="duplicate-key", severity="error", scope="integrity"):
    """Two rows of a table are about the same thing.

    The columns of the key say what a row is about, for example service, activity, period and group. Where two rows
    agree in all of them, relprod cannot know whether to add them, to choose one, or to distrust both. All files of a
    table are looked at together, because the same month is often delivered twice.

    What to do: add the rows up, or delete the one that is wrong.
    """

    message = "Rows that agree in {key} ({cases}{examples}; the first is on {first}). Add them up, or delete the ones that are wrong."


class RP041(Rule, name="unknown-service", severity="error", scope="integrity"):
    """A table names a service that has neither activity nor inputs.

    Names must be spelt exactly alike in every table. A service that is only in the quality table, for example, would
    leave the real one without its quality adjustment, silently.

    What to do: spell the service as in the activity table, or take the rows out.
    """

    message = "No activity and no inputs for {what} ({cases}). Spell it as in the table 'activity', or take the rows out."


class RP042(Rule, name="deflator-missing", severity="error", scope="integrity"):
    """An input is to be deflated by a price index that has no value for its period.

    Without it, spending cannot be turned into volume. relprod does not carry a price index forward.

    What to do: add the period, or the whole year, to the table deflators, or correct the name of the deflator.
    """

    message = "No value of deflator {what}{suggestion} in {periods} ({cases}). Add it to the table 'deflators' for the period or its year."


class RP043(Rule, name="unit-cost-missing", severity="error", scope="integrity"):
    """An activity has no cost: neither in its row nor in the table unit_costs.

    Activities are weighted by what they cost, so one without a cost cannot be counted.

    What to do: fill in unit_cost or cost, or add the service and activity to the table unit_costs for the period or
    its year.
    """

    message = (
        "No unit cost for {what} ({cases}). Fill in 'unit_cost' or 'cost', or add it to the table 'unit_costs' for the period or its year."
    )


class RP044(Rule, name="period-gap", severity="warning", scope="integrity"):
    """There are rows before and after a period, but none in it.

    An activity that is missing for a period drops out of the links into and out of that period. If nothing was done,
    a row with volume 0 says so; if the data are late, the index leans on the other activities meanwhile.

    What to do: add the rows, or accept that the links leave them out.
    """

    message = "There are rows before and after, and none in between, for {what} ({cases}). Add them; if nothing was done, the volume is 0."


class RP045(Rule, name="period-empty", severity="error", scope="integrity"):
    """In a period between the first and the last, no service has any activity.

    The chain of the index would break there for everything. Almost always a file is missing.

    What to do: add the file or the rows of that period.
    """

    message = (
        "No service has activity in {periods}, between the first period of the study and the last. Add the file or the rows of that period."
    )


class RP046(Rule, name="reference-not-in-data", severity="error", scope="integrity"):
    """The reference period of the study is not in the data.

    Every index is 100 in the reference period, so there must be activity in it.

    What to do: set `reference` in the section [study] to a period, or a year, that the activity table holds.
    """

    message = (
        "The reference '{reference}' is not in the data, which run from {first} to {last}. Set 'reference' in the study "
        "file to a period or year that is."
    )


class RP047(Rule, name="quality-stops", severity="warning", scope="integrity"):
    """A quality indicator stops, or has a gap, while its service goes on.

    In the periods without a value it holds its last one, so its quality stands still, and the figures there are
    flagged as provisional.

    What to do: add the values when they are published.
    """

    message = (
        "Indicator {what} has no value in {periods}, while there is activity. It holds its last value, and the figures "
        "there are provisional."
    )


class RP048(Rule, name="input-kind-switches", severity="error", scope="integrity"):
    """An input of a service has a volume in some periods and a deflator in others, or changes its deflator.

    The volume before the change and the volume after it are measured in different ways, so growth between them means
    nothing.

    What to do: use one way throughout, or give the two as different inputs.
    """

    message = "Input {what} {change} ({cases}). Measure it one way throughout, or give the two as different inputs."


class RP049(Rule, name="failure-volume-gaps", severity="warning", scope="integrity"):
    """The failure volume of an activity is given in some periods and empty in others.

    Empty counts as none, so output would seem to jump where measuring starts or stops.

    What to do: fill in the failure volume in every period, with 0 where there was none, or in no period.
    """

    message = (
        "The failure volume of {what} is empty in some rows and given in others ({cases}). Fill it in throughout, with 0 "
        "where there was none."
    )


class RP050(Rule, name="quality-direction-changes", severity="error", scope="integrity"):
    """A quality indicator has one direction in some rows and another in others.

    Whether higher is better is part of what the indicator means.

    What to do: correct the direction, or give the two as different indicators.
    """

    message = "Indicator {what} has more than one direction ({cases}). Correct it, or give the two as different indicators."


class RP051(Rule, name="quality-parameters-vary", severity="info", scope="integrity"):
    """The weight or the attribution of a quality indicator is not the same in all periods.

    That is allowed, and moves the figures, so it is said.

    What to do: check that it is meant, and write down why in the study's assumptions.
    """

    message = "The {column} of indicator {what} is not the same in all periods ({cases}). That is allowed; check that it is meant."


class RP052(Rule, name="published-outside-data", severity="error", scope="integrity"):
    """A published figure is about a period that the data do not hold.

    A back-test that silently leaves figures out proves less than it seems to.

    What to do: correct the period, or take the row out.
    """

    message = "Published figures for {periods}, which the data do not hold ({cases}). Correct the period, or take the rows out."


class RP053(Rule, name="reference-incomplete", severity="warning", scope="integrity"):
    """The reference is a year, and some of its periods have no activity.

    The mean of the periods that are there is called 100. With seasons, that is not the year's mean.

    What to do: choose a year that is complete, or add the missing periods.
    """

    message = (
        "The reference year '{reference}' has no activity in {periods}. The mean of the other periods is called 100. "
        "Choose a complete year if you can."
    )


class RP054(Rule, name="not-used", severity="info", scope="integrity"):
    """Something was given that no figure uses.

    What to do: nothing, if you know why. Otherwise look for a name that is spelt in two ways.
    """

    message = "{what}, and no figure uses that ({cases})."


class RP055(Rule, name="quality-starts-late", severity="info", scope="integrity"):
    """A quality indicator starts after the activity of its service.

    Before its first value it has no part in the quality adjustment.

    What to do: nothing, or add the earlier values if there are any.
    """

    message = "Indicator {what} starts in {first}, after the activity ({start}). Before that it has no part in the quality adjustment."


class RP056(Rule, name="no-activity", severity="error", scope="integrity"):
    """The study has no table of activity.

    Productivity is output for each unit of input. Without activity there is no output.

    What to do: add the table activity to the section [tables] of the study file.
    """

    message = "The study has no table 'activity', so there is no output to measure. Add it to [tables] in the study file."


class RP057(Rule, name="control-column-unknown", severity="error", scope="integrity"):
    """A control total is about a column that its table does not have, or a table that is not in the study.

    What to do: correct the table or the column. inputs has expenditure and volume; activity has volume, cost and
    failure_volume; outcomes has people; unpaid has hours.
    """

    message = "Control totals for {what}, which this study does not hold ({cases}). Correct the table or the column, or take the rows out."


class RP058(Rule, name="cells-and-contacts", severity="error", scope="integrity"):
    """A service has both activity cells and contacts in the same period.

    The same work would count twice.

    What to do: keep one of the two for each service and period.
    """

    message = "Both activity cells and contacts for service {what} ({cases}). The same work would count twice: keep one of the two."


class RP059(Rule, name="unknown-activity", severity="error", scope="integrity"):
    """A quality indicator is about an activity that its service does not have.

    The indicator would adjust nothing.

    What to do: spell the activity as in the activity table, or leave the cell empty if the indicator is about the
    whole service.
    """

    message = "There is no activity {what} ({cases}). Spell it as in the table 'activity'."
