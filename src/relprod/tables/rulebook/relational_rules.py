"""Rules about what contacts, groups and unpaid work bring into the figures. Raised while computing."""

from __future__ import annotations

from relprod.tables.rulebook.base import Rule


class RP090(Rule, name="outcome-not-positive", severity="error", scope="figures"):
    """An outcome by group is zero or negative, and equity cannot be worked out from it.

    The equally distributed equivalent compares outcomes by their ratios, so they must lie above zero. relprod never shifts a
    scale to make them so, because every shift gives another answer.

    What to do: use an outcome whose worst possible value is above zero, such as a share that does well instead of a balance.
    """

    message = (
        "The outcome of group '{group}' in {what}, {period}, is not above zero, so equity cannot be worked out. "
        "Use an outcome whose scale begins above zero."
    )


class RP091(Rule, name="lead-in-in-reference", severity="error", scope="figures"):
    """The reference lies where repeats cannot all be seen yet.

    A return is found by looking back over the window. In the first days of an extract there is nothing to look back to, so
    failure demand is understated there, and everything compared with it would seem to get worse.

    What to do: begin the extract at least one window before the reference, or choose a later reference.
    """

    message = (
        "The reference {reference} holds {periods}, which begins less than {days} days after the extract does ({start}), so its repeats "
        "cannot all be seen. Begin the extract earlier, or choose a later reference."
    )


class RP092(Rule, name="counted-twice", severity="error", scope="figures"):
    """The study counts one thing twice.

    Each adjustment enters once: otherwise one improvement is credited two times.

    What to do: take out one of the two entries that the message names.
    """

    message = "{what}. Take one of them out."


class RP093(Rule, name="equity-without-mean", severity="info", scope="figures"):
    """Equity weighs an outcome whose mean is in no quality indicator.

    Equity enters as the ratio of the equally distributed equivalent to the mean: it says who an outcome goes to, not how
    much of it there is. The change in the mean belongs to quality. Without it, an outcome that rises for all is not counted.

    What to do: nothing, if that is meant; else add [contact_quality], or an indicator of the same outcome to the table quality.
    """

    message = "Equity weighs {what}, whose mean is not in quality: the account counts who it goes to, and not how much of it there is."


class RP094(Rule, name="lead-in", severity="info", scope="figures"):
    """The first periods of an extract understate failure demand.

    A return is found by looking back over the window, and there is not yet enough to look back to.

    What to do: do not quote these periods; their rows are marked in the tables.
    """

    message = "Failure demand in {periods} is understated, because the extract begins less than {days} days before. Do not quote it."


class RP095(Rule, name="correction-clipped", severity="warning", scope="figures"):
    """Correcting coded failure demand by the audit sample gave a share below 0 or above 1.

    The sample says that staff err more often than the codes allow, so the two do not fit together.

    What to do: audit a larger sample, from the same period as the codes.
    """

    message = "The correction by the audit sample fell below 0 or above 1 in {cases} and was cut off there. Audit a larger sample."


class RP096(Rule, name="asked-without-data", severity="error", scope="figures"):
    """The study asks for a step, and the data that it needs are not there.

    Computed all the same, the step would change nothing, and the account would look as if it had been taken.

    What to do: give the data, or take the section out of the study file.
    """

    message = "The study asks for {what}, and there is no {needed}. Give it, or take the entry out of the study file."


class RP097(Rule, name="name-not-in-data", severity="warning", scope="figures"):
    """The study file names something that is nowhere in the data.

    Mostly it is spelt otherwise there. What the entry was meant to do then does not happen.

    What to do: spell it as in the data.
    """

    message = "{what} in the study file is nowhere in the data. Spell it as it is there, or take it out."


class RP098(Rule, name="period-cut-off", severity="warning", scope="figures"):
    """The extract begins or ends within a period, so that the period is not whole.

    Its activity seems to rise or fall, only because part of it is missing.

    What to do: let the extract begin and end with a period, or do not quote this one.
    """

    message = (
        "The extract covers only part of {period} ({days}), so its activity is not comparable. Let the extract begin and end with a period."
    )


class RP099(Rule, name="outcome-or-process", severity="warning", scope="figures"):
    """Unpaid hours are output, and an indicator that is all the service's doing does not say what it measures.

    Where it measures an outcome in people's lives with an attribution of 1, the service is already credited with what
    families did, and their hours as output beside it would count that again. Where it measures how the service works, such as
    days to settle a complaint, nothing counts twice. relprod cannot see which it is.

    What to do: fill in `measures` in the table quality, 'outcome' or 'process'. An outcome needs an attribution below 1, or
    `output_side = "in-outcome"` in [unpaid].
    """

    message = (
        "Unpaid hours are output ([unpaid] output_side = 'hours' in {study}), and {what} in the table quality has attribution 1 and does "
        "not say what it measures. An outcome would credit the service with what families did, a second time. Fill in 'measures' with "
        "outcome or process, or set an attribution below 1."
    )
