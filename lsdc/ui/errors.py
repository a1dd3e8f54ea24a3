"""Failures as a reader should meet them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lsdc.errors import LsdcError

LOG = logging.getLogger(__name__)


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Show an `LsdcError` as advice; keep the traceback of any other failure in the log and say so calmly.

    What follows the block runs all the same, so that the rest of the page stays usable.
    """
    try:
        yield
    except LsdcError as error:
        show_advice(error)
    except OSError as error:
        LOG.exception("A file could not be read or written")
        show_advice(_advice_on(error))
    except Exception:  # The last frame before the reader; the traceback is kept in the log
        LOG.exception("A page failed")
        st.error(
            "**Something went wrong in this part of the page, and it is not your doing.** The server's log holds the details. "
            "Other parts of the page still work.",
            icon=":material/build:",
        )


def show_advice(error: LsdcError) -> None:
    """One paragraph: what happened, what was expected, what to do."""
    st.error(f"**{as_text(error.happened)}** {as_text(error.expected)} {as_text(error.fix)}", icon=":material/error:")


def _advice_on(error: OSError) -> LsdcError:
    place = error.filename or "A file"
    return LsdcError(
        f"{place} cannot be read or written: {error.strerror or error}.",
        "Expected a disk with free space, and folders that the program may read and write.",
        "Free some space or correct the permissions, then try again.",
    )


def as_text(words: str) -> str:
    r"""Words that may hold a file name or a header's value, so that Markdown shows them as they are.

    Examples:
        >>> as_text("no file a_b*c")
        'no file a\\_b\\*c'
    """
    return "".join(f"\\{letter}" if letter in "\\`|*_[]<>$~#:" else letter for letter in words)
