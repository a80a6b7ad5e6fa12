"""Rules about rows that a study leaves out on declared grounds."""

from __future__ import annotations

from relprod.tables.rulebook.base import Rule


class RP080(Rule, name="excluded", severity="info", scope="integrity"):
    """Rows were left out, because an entry of `[[exclusions]]` in the study file says so.

    They take no part in anything after they were read: no figure, no check across rows such as doubled keys or names that
    must be known, and no control total, which is compared with what is left. Cells that cannot be read are still said. A row
    that fits several entries is counted with the first. Nothing is left out without such an entry.

    What to do: nothing, if the reason holds. It is printed with the figures, and stands in the manifest and in the table
    exclusions of the run.
    """

    message = "{cases} left out by entry {number} of [[exclusions]] ({where}). Reason: {reason}. Owner: {owner}."


class RP081(Rule, name="exclusion-without-rows", severity="warning", scope="integrity"):
    """An entry of `[[exclusions]]` in the study file fits no row.

    Mostly a value is spelt otherwise in the data, and rows that should be left out count. Or the data were corrected, and the
    entry is no longer needed; or every row that it fits was left out by an entry before it.

    What to do: spell the values as in the data, or take the entry out.
    """

    message = "Entry {number} of [[exclusions]] ({where}) fits no row that is left of '{table}'. Spell it as in the data, or take it out."
