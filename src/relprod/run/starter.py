"""`relprod init`: a folder with a study that runs, copied from an example."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from relprod.errors import OutputError, UsageError
from relprod.resources import examples_folder
from relprod.study.load import FILE_NAME
from relprod.study.spelling import did_you_mean
from relprod.synthetic.contacts import write_council

CONTACTS = "council-contacts"
"""The example that has contacts, and a generator for any number of them."""

if TYPE_CHECKING:
    from pathlib import Path


def start_study(folder: Path, example: str, rows: int | None = None) -> list[str]:
    """Return the names of the files that were put into a new folder.

    `rows` makes contacts of that number afresh, by the generator of the example with contacts, in place of those it ships.

    Raises:
        UsageError: there is no such example.
        OutputError: the folder is there and holds something, or cannot be written.

    """
    names = sorted(path.parent.name for path in examples_folder().glob(f"*/{FILE_NAME}"))
    if example not in names:
        message = f"There is no example '{example}'{did_you_mean(example, names)}"
        raise UsageError(message)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"'{folder}' is there already and holds something; it is left alone. Name a new folder."
        raise OutputError(message)
    files = sorted(path for path in (examples_folder() / example).iterdir() if path.is_file() and (rows is None or path.suffix != ".csv"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, folder / file.name)
        made = [] if rows is None else write_council(folder, rows=rows)
    except OSError as error:
        message = f"'{folder}' cannot be written: {error.strerror}."
        raise OutputError(message) from error
    return sorted([*(file.name for file in files), *made])
