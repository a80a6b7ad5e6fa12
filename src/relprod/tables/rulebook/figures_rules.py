"""Rules about the figures: what a reader must know about an index before relying on it. Raised while computing."""

from __future__ import annotations

from relprod.tables.rulebook.base import Rule


class RP060(Rule, name="matched-share-low", severity="warning", scope="figures"):
    """A link of an index rests on less of the value than it should.

    Only what is there both before and after can be compared. The matched share is the part of the base's value that
    is; the rest is new or gone. Below the limit `output.min_match` the growth may say more about what was counted
    than about what was done.

    What to do: look at the new and disappearing items in the table links. Often an activity has been renamed.
    """

    message = (
        "Only {share} of what {what} rests on can be compared in {period}, less than {limit} ({cases}). "
        "The table 'links' lists what is new or gone: was it opened, closed or only renamed?"
    )


class RP061(Rule, name="matched-share-too-low", severity="error", scope="figures"):
    """A link of an index rests on so little of the value that its growth means nothing.

    Below the limit `output.min_match_error` the figure is refused.

    What to do: look at the new and disappearing items. Most often names of activities changed, or a file is missing.
    """

    message = (
        "Only {share} of what {what} rests on can be compared in {period}, less than {limit} ({cases}): too little for a figure. "
        "The table 'links' lists what is new or gone: look for items that were renamed, or lower output.min_match_error, and say why."
    )


class RP062(Rule, name="chain-broken", severity="warning", scope="figures"):
    """A link of an index has nothing to compare, and the index stops.

    A chain multiplies growth from link to link. Where no item is there both before and after, there is no growth, and
    everything later would be guessed.

    What to do: fill the gap in the data, or start the study after it.
    """

    message = (
        "Nothing can be compared for {what} in {period}, so the index stops there. Fill the gap in the data, or start the study after it."
    )


class RP063(Rule, name="published-not-reproduced", severity="error", scope="figures"):
    """A figure that was published is not reproduced within its tolerance.

    The table published is a back-test: if the study cannot reproduce what is known, what is new cannot be trusted.

    What to do: compare index formula, link, data and reference with those of the publication.
    """

    message = (
        "The published {measure} of {what} (account {account}) is not reproduced in {cases}. "
        "The largest difference is {difference}, in {period}: published {published}, computed {computed}. Compare formula, "
        "links, data and reference with the publication's."
    )


class RP064(Rule, name="control-total-differs", severity="error", scope="figures"):
    """A table does not add up to its control total.

    The control comes from the ledger or another source that is trusted. A difference beyond the tolerance means that
    rows are missing, doubled or wrong. Rows that `[[exclusions]]` leaves out are not added up.

    What to do: find the difference before using the figures, or set `controls.tolerance` and write down why.
    """

    message = (
        "{what} adds up to {computed} and the control total is {total}: a difference of {difference}, more than the {tolerance} allowed. "
        "Find out which is right before using the figures."
    )


class RP065(Rule, name="partial-year-base", severity="warning", scope="figures"):
    """A year that serves as the base of a link has periods without data.

    Annual overlap compares each period with the mean of the year before. With a period missing, the mean leans to the
    seasons that are there.

    What to do: add the missing periods, or use `link = "over-the-year"`.
    """

    message = (
        "The year {year} is a base of links for {what}, and has data in {present} of its {periods} periods only. "
        "Its mean leans to the seasons that are there."
    )


class RP067(Rule, name="mixed-weights", severity="info", scope="figures"):
    """Services beside one another are weighted in different ways: some by spending, others by activity.

    Weights should be total expenditure. Where a service has no inputs, the value of its activity stands in for it.

    What to do: give inputs for every service.
    """

    message = (
        "Under {what}, {by_value} weighed by the value of activity and the others by expenditure, "
        "because no inputs are given for the former. Give inputs for every service."
    )


class RP068(Rule, name="output-equals-input", severity="info", scope="figures"):
    """A service has inputs and no activity, so its output is set equal to its input.

    This is the convention of national accounts for services whose output nobody measures. Its productivity is 100
    throughout, by definition.

    What to do: nothing; do not read its productivity as a finding.
    """

    message = "Output is set equal to input for {what}: inputs are given and no activity, so productivity is 100 by definition."


class RP069(Rule, name="no-input", severity="info", scope="figures"):
    """A service has output and no inputs, so it has no productivity of its own.

    What to do: nothing, if its inputs are given for the service above it.
    """

    message = "No inputs are given for {what}, so there is an output index and no productivity. Give inputs, if there are any."


class RP070(Rule, name="undocumented-parameter", severity="info", scope="figures"):
    """A parameter that moves the figures has no source written down.

    Someone will ask why it has the value it has.

    What to do: add a section such as [assumptions."equity.aversion"] with source, reason and owner to the study file.
    """

    message = "The parameter '{what}' is set to {value}, and no source is written down. Add it under [assumptions] in the study file."
