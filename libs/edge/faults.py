"""What a log may say of an exception: its kind and where it was, never its words.

Its words are made of what was at hand, and that may be somebody's name: a database tells the row
that it refuses, a decoder the text that it cannot read.
"""

from pathlib import PurePath
from traceback import extract_tb, format_tb

from sqlalchemy.exc import DBAPIError

from libs.ledger.ports import LedgerFault


def spoken(wrong: BaseException) -> str:
    """Return an exception in a few words: a fault of ours says what it says."""
    if isinstance(wrong, LedgerFault):
        return str(wrong)
    said = type(wrong).__name__
    if isinstance(wrong, DBAPIError):
        said += "".join(f" {one}" for one in _database(wrong) if one)
    steps = extract_tb(wrong.__traceback__)
    return f"{said} at {PurePath(steps[-1].filename).name}:{steps[-1].lineno}" if steps else said


def frames(wrong: BaseException) -> str:
    """Return where an exception came from: lines of code, and no values."""
    return "".join(format_tb(wrong.__traceback__))


def _database(wrong: DBAPIError) -> tuple[str | None, ...]:
    """Return the state and the constraint that a database names, or the name of a file's error."""
    told = wrong.orig
    state = getattr(told, "sqlstate", None) or getattr(told, "sqlite_errorname", None)
    return state, getattr(getattr(told, "diag", None), "constraint_name", None)
