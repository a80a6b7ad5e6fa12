"""Rules about a file as a whole: can it be found, opened and taken apart into rows and columns."""

from __future__ import annotations

from relprod.tables.rulebook.base import Rule


class RP001(Rule, name="file-not-found", severity="error", scope="file"):
    """A file that the study names is not there.

    The study file says where each table is, relative to the folder that the study file lies in. A pattern such as
    `contacts_*.csv` must match at least one file, or a whole table would be missing without anyone noticing.

    What to do: correct the path in the section [tables] of the study file, or put the file there. Capital and small
    letters count on many machines.
    """

    message = "There is no file '{path}'{suggestion}. Correct the path of table '{table}' in the study file, or put the file there."


class RP002(Rule, name="file-unreadable", severity="error", scope="file"):
    """A file is there but the computer will not let it be read.

    Most often the path names a folder, or the file belongs to another person, or another program has locked it.

    What to do: where the path is a folder, add a pattern to it, such as `folder/*.csv`. Otherwise ask whoever owns
    the file for permission to read it, or close the program that holds it.
    """

    message = "The file cannot be read: {reason}."


class RP003(Rule, name="file-type-unknown", severity="error", scope="file"):
    """The name of a file does not end in .csv, .csv.gz or .parquet.

    relprod decides by the end of the name how a file is read. It does not read workbooks, because dates, leading
    zeros and long numbers in them may already have been changed.

    What to do: save the table as "CSV UTF-8 (comma delimited)" and name that file in the study.
    """

    message = (
        "A file of this type is not read ('{suffix}'). Save the table as .csv (UTF-8), .csv.gz or .parquet and name that file in the study."
    )


class RP004(Rule, name="file-empty", severity="error", scope="file"):
    """A file holds nothing at all, not even the names of its columns.

    An extract that stopped early leaves such a file. It is refused because the figures would lack its rows.

    What to do: make the extract again, or take the file out of the study.
    """

    message = "The file is empty: it holds no column names and no rows. Make the extract again, or take the file out of the study."


class RP005(Rule, name="header-only", severity="warning", scope="file"):
    """A file holds the names of its columns and no rows.

    That may be right, when nothing happened in the month that the file is about, or it may be an extract that failed.

    What to do: look whether there should be rows. If not, nothing needs to be done.
    """

    message = "The file holds column names and no rows. If there should be rows, make the extract again."


class RP006(Rule, name="wrong-encoding", severity="error", scope="file"):
    """A file holds bytes that are not text in the encoding the study states (UTF-8 unless it says otherwise).

    Older programs on Windows save text as "cp1252". Read wrongly, the pound sign and names with accents turn into
    other characters, and a service then seems to be two.

    What to do: add `encoding = "cp1252"` to the table in the study file, or save the file again as UTF-8.
    """

    message = "The text is not {encoding}: the first byte that does not fit is 0x{byte} on line {at}. {advice}"


class RP007(Rule, name="nul-byte", severity="error", scope="file"):
    """A file holds a NUL byte, which no text has.

    It comes from a damaged copy, from a file that is not text at all, or from UTF-16 text read as UTF-8.

    What to do: make the extract again. If the file opens well in a text editor, save it as UTF-8, or state its
    encoding in the study.
    """

    message = "The file holds a NUL byte ({cases}), which no text has: it is damaged or in another encoding. {advice}"


class RP008(Rule, name="file-damaged", severity="error", scope="file"):
    """A compressed or Parquet file cannot be unpacked.

    The copy stopped early, or the file is of another type than its name says. Nothing in it can be relied on.

    What to do: copy or make the file again.
    """

    message = "The file is not a whole {kind} file: {reason}. Copy it again from where it came from, or make the extract again."


class RP009(Rule, name="empty-rows", severity="info", scope="file"):
    """Rows in which every cell is empty were left out.

    Spreadsheets save such rows below the data where a cell was once used. They hold nothing, so leaving them out
    changes no figure.

    What to do: nothing.
    """

    message = "Rows in which every cell is empty were left out ({cases})."


class RP010(Rule, name="missing-column", severity="error", scope="file"):
    """A column that the table must have is not in the file.

    Columns are found by name, never by position, and names must be spelt exactly, so that no column is ever taken for
    another.

    What to do: correct the name in the first row of the file, or say in the study what the file calls it, for example
    `columns = { volume = "Number of visits" }`. `relprod schema` and the name of the table list its columns.
    """

    message = "There is no column '{theirs}'{suggestion}. {advice}"


class RP011(Rule, name="duplicate-column", severity="error", scope="file"):
    """Two columns of a file have the same name.

    relprod cannot know which of the two is meant.

    What to do: rename or delete one of them in the file.
    """

    message = "The column name '{theirs}' is there {times} times, and relprod cannot know which is meant. Rename or delete the others."


class RP012(Rule, name="extra-columns", severity="info", scope="file"):
    """A file holds columns that the table does not have, and they were not read.

    Said once for each file, because a misspelt optional column would otherwise be left out silently.

    What to do: nothing, if none of the names is a misspelling.
    """

    message = "Not read, because table '{table}' has no such column: {names}."


class RP013(Rule, name="ragged-row", severity="error", scope="file"):
    """A row has more or fewer cells than there are column names.

    Most often a cell holds a comma and is not in quotation marks, so that everything after it has moved by one
    column.

    What to do: put the cell in double quotation marks, or export the file again with a program that does so.
    """

    message = "Rows with {what} than the {expected} column names ({cases}). {advice}"


class RP014(Rule, name="quotation-mark-open", severity="error", scope="file"):
    """A quotation mark opens a cell and is not closed as it should be.

    From there on, rows run into one another and nothing can be relied on.

    What to do: close the quotation mark. One that is part of the text is written twice: "the ""old"" system".
    """

    message = (
        "A quotation mark opens a cell and is not closed properly ({cases}), so that rows run into one another. "
        "Close it, and write one that belongs to the text twice."
    )


class RP015(Rule, name="table-empty", severity="error", scope="file"):
    """A table of the study has no rows in any of its files.

    A study that names a table means to use it.

    What to do: make the extract again, or take the table out of the study.
    """

    message = "Table '{table}' has no rows in any of its files. Make the extract again, or take the table out of the study."


class RP016(Rule, name="file-changed", severity="error", scope="file"):
    """A file changed while it was being read.

    The figures would be of neither the old nor the new file, and nobody could check them afterwards.

    What to do: wait until the program that writes the file has finished, and run relprod again.
    """

    message = "The file changed while it was being read. Wait until the program that writes it has finished, and run relprod again."


class RP017(Rule, name="not-commas", severity="error", scope="file"):
    """The columns of a file are separated by something other than commas.

    Spreadsheets in some languages separate by semicolons; other programs by tabs or bars.

    What to do: save the file as "CSV UTF-8 (comma delimited)".
    """

    message = "The columns seem to be separated by {what} and not by commas. Save the file as CSV separated by commas."


class RP018(Rule, name="mapping-unknown", severity="error", scope="file"):
    """The study gives the file's name for a column that the table does not have.

    In `columns = { volume = "Number of visits" }` the left side is relprod's name and the right side the file's.

    What to do: correct the left side. `relprod schema` and the name of the table list its columns.
    """

    message = (
        "The study maps a column '{theirs}' of table '{table}', and there is no such column{suggestion}. The name on the left is relprod's."
    )


class RP019(Rule, name="same-file-twice", severity="error", scope="file"):
    """Two files of one table are the same, byte for byte.

    Each row would count twice.

    What to do: delete one of the two, or make the pattern in the study narrower.
    """

    message = "The file is the same, byte for byte, as '{other}', so every row would count twice. Take one of them out."


class RP082(Rule, name="header-too-large", severity="error", scope="file"):
    """The first row of a file is larger than any row of column names.

    It holds more than 2,000 names, or a million characters. Then it is a table turned on its side, a file in which the
    line ends are missing, or no table at all.

    What to do: make the extract again with the columns that relprod reads. `relprod schema` and the name of the table
    list them.
    """

    message = (
        "The first row does not end, or holds more than {most} column names, so it is not taken for one. "
        "Make the extract again with the columns that table '{table}' has."
    )
