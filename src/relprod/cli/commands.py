"""The commands, in the order in which the help lists them. Each parses its arguments, calls one function of the library, and prints."""

from relprod.cli import studies  # isort: skip - the first to be listed
from relprod.cli import auditing  # isort: skip
from relprod.cli import looking_up  # isort: skip
from relprod.cli.app import NOT_VERIFIED, USAGE, app

__all__ = ["NOT_VERIFIED", "USAGE", "app", "auditing", "looking_up", "studies"]
