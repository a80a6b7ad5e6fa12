"""Rules about one record: is each cell what its column holds, and do the cells of a row agree."""

from __future__ import annotations

from relprod.tables.rulebook.base import Rule


class RP020(Rule, name="blank-mandatory", severity="error", scope="record"):
    """A cell is empty that must be filled in.

    relprod never guesses a value. In particular an empty volume is not zero: zero says that nothing was done, and
    empty says that nobody knows.

    What to do: fill in the cell, write 0 if that is what is meant, or take the row out.
    """

    message = "Empty in column '{column}', which must be filled in ({cases}). Fill it in, or take the row out."


class RP021(Rule, name="not-a-number", severity="error", scope="record"):
    """A cell of a column of numbers holds something that is not a number.

    What to do: write a plain number with a decimal point, such as 1234.5. Leave the cell empty where there is no
    number and the column allows that. A share is written as a number, 0.12, and not as 12%.
    """

    message = "Not a number in column '{column}' ({cases}{examples}). {advice}"


class RP022(Rule, name="formatted-number", severity="info", scope="record"):
    """A number was written for people, and was read as what it means.

    £1,234.50 and 1,234.50 are read as 1234.50, and (1,234.50) as minus 1234.50, which is how accountants write it. A
    comma is taken to separate thousands only where exactly three digits follow it.

    What to do: nothing, if the numbers are in the British way of writing. If a comma is the decimal mark in your
    file, write a point.
    """

    message = (
        "Numbers written with brackets, a currency sign, commas or blanks were read as plain numbers in column '{column}' "
        "({cases}{examples})."
    )


class RP023(Rule, name="rounded-number", severity="info", scope="record"):
    """A number has more decimals than relprod keeps, and was rounded.

    Money and volumes are kept as exact decimals, so that sums are exact: money to 6 decimals, volumes to 10. Halves
    are rounded away from zero.

    What to do: nothing.
    """

    message = "More decimals than the {scale} that are kept in column '{column}': rounded, halves away from zero ({cases}{examples})."


class RP024(Rule, name="not-allowed", severity="error", scope="record"):
    """A cell holds a word that its column does not allow.

    What to do: use one of the words that are allowed. Capital and small letters make no difference.
    """

    message = "Not allowed in column '{column}' ({cases}{examples}). Allowed: {allowed}."


class RP025(Rule, name="not-yes-or-no", severity="error", scope="record"):
    """A cell of a yes-or-no column holds something else.

    What to do: write true or false, yes or no, y or n, 1 or 0. Leave the cell empty where it is not known.
    """

    message = (
        "Neither yes nor no in column '{column}' ({cases}{examples}). Write true or false, yes or no, 1 or 0; leave it "
        "empty where it is not known."
    )


class RP026(Rule, name="not-a-date", severity="error", scope="record"):
    """A cell of a date column is no date, or none between the years 1900 and 2199.

    Dates are read in one way only, so that 03/04/2024 is never guessed at. That way is 2024-04-03, unless the study
    says otherwise.

    What to do: correct the cells, or add to the table in the study how dates are written, for example `date_format =
    "%d/%m/%Y"`.
    """

    message = "Not a date of the form {example} in column '{column}' ({cases}{examples}). {advice}"


class RP027(Rule, name="number-too-large", severity="error", scope="record"):
    """A number is larger than relprod can keep exactly.

    Volumes are kept up to a million million, and money up to ten thousand million million. A larger one is almost
    always an identifier or a telephone number in the wrong column.

    What to do: correct the cell, or give the table in thousands or millions throughout.
    """

    message = "Too large to be kept exactly in column '{column}' ({cases}{examples}). Check that nothing is in the wrong column."


class RP028(Rule, name="spreadsheet-identifier", severity="error", scope="record"):
    """A spreadsheet has turned an identifier or a name into a number such as 1.23E+09.

    The digits that are missing cannot be recovered from the file, and different identifiers have become the same.

    What to do: export the table again from the system that it comes from, without opening it in a spreadsheet. If it
    must be opened, import that column as text.
    """

    message = (
        "A spreadsheet has turned names or identifiers in column '{column}' into numbers such as 1.23E+09 ({cases}{examples}), "
        "and digits are lost. Export the table again without opening it in a spreadsheet, or import the column as text."
    )


class RP029(Rule, name="spreadsheet-error", severity="error", scope="record"):
    """A cell holds the error of a spreadsheet formula, such as #N/A or #REF!.

    What to do: correct the formula in the spreadsheet and save the table again.
    """

    message = "The error of a spreadsheet formula in column '{column}' ({cases}{examples}). Correct the formula and save the table again."


class RP030(Rule, name="period-unreadable", severity="error", scope="record"):
    """A cell of the period column is not a period.

    Years are written 2016-17 (financial) or 2016 (calendar), quarters 2016-17 Q1 or 2016 Q1, months 2016-04.

    What to do: write the periods in the way that the frequency and the calendar of the study ask for.
    """

    message = "Not a period in column '{column}' ({cases}{examples}). Write it like {example}."


class RP031(Rule, name="period-wrong-calendar", severity="error", scope="record"):
    """A period belongs to another calendar than the study's.

    The financial year 2016-17 runs from April 2016 to March 2017; the calendar year 2016 from January to December.
    Taking one for the other would move figures by a quarter.

    What to do: correct the periods, or the calendar in the section [study] of the study file.
    """

    message = (
        "A period of another calendar in column '{column}' ({cases}{examples}). The study counts by the {calendar}: write"
        " it like {example}."
    )


class RP032(Rule, name="period-wrong-frequency", severity="error", scope="record"):
    """A period is a year, a quarter or a month where the study counts by another.

    relprod does not divide a year into quarters or add months up: which way is right depends on the table.

    What to do: give the table at the frequency of the study.
    """

    message = "A period of another length in column '{column}' ({cases}{examples}). The study is by {frequency}: write it like {example}."


class RP033(Rule, name="negative-number", severity="error", scope="record"):
    """A number is negative that cannot be.

    A volume or a cost below zero has no meaning in an index of volumes. Ledgers hold negative amounts for credits and
    corrections; on their own they would turn weights upside down.

    What to do: set a credit against the spending that it belongs to, in the period that it belongs to, and give the
    net amount.
    """

    message = "Negative in column '{column}' ({cases}{examples}), which must be zero or more. {advice}"


class RP034(Rule, name="out-of-range", severity="error", scope="record"):
    """A number lies outside what its column can mean.

    A share lies from 0 to 1, a price index is greater than zero, a weight is greater than zero.

    What to do: correct the cell. Percentages are given as shares: 0.12 and not 12.
    """

    message = "Out of range in column '{column}' ({cases}{examples}), which must be {limits}. {advice}"


class RP035(Rule, name="service-path-broken", severity="error", scope="record"):
    """A service is written as a path, and one of its parts is empty.

    'Adult social care > Home care' is a path of two parts. In 'Adult social care > > Home care' one is missing.

    What to do: fill in the part, or take the extra '>' out.
    """

    message = "A service path with an empty part in column '{column}' ({cases}{examples}). Write it like 'Adult social care > Home care'."


class RP036(Rule, name="one-of-two", severity="error", scope="record"):
    """Two columns of a row are both filled in, or both empty, where exactly one is needed.

    A cost and a unit cost say the same in two ways and may disagree; an input has a volume (direct) or a deflator
    (indirect).

    What to do: keep the one that you trust more and empty the other, or fill in the one that is missing.
    """

    message = "Columns '{first}' and '{second}' are {state} ({cases}). {advice}"


class RP037(Rule, name="closed-before-opened", severity="error", scope="record"):
    """A contact is closed before it was opened.

    Repeat contacts are counted from the day that the earlier one closed, so these dates move the figures.

    What to do: correct the dates. If only some dates have a time of day, leave the time out of all of them.
    """

    message = "Column '{column}' is before '{other}' ({cases}). Correct the dates."


class RP038(Rule, name="failure-exceeds-volume", severity="error", scope="record"):
    """The failure volume of a row is larger than its volume.

    Failure demand is the part of the volume that exists only because an earlier contact failed, so it cannot be
    larger than the whole.

    What to do: correct one of the two. A share is not a volume: 12 % of 200 is 24.
    """

    message = "Column '{column}' is larger than '{other}', of which it is a part ({cases}{examples}). Correct one of the two."


class RP039(Rule, name="zero-cost", severity="warning", scope="record"):
    """An activity was carried out at no cost, so it has no weight in the index.

    Activities are weighted by what they cost. One with a cost of zero is left out however much of it was done.

    What to do: give the cost, or accept that the activity does not count.
    """

    message = (
        "Column '{column}' is zero where the volume is not ({cases}). The activity has no weight in those rows; give its "
        "cost if it should count."
    )
