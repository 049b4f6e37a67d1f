"""What the readers' libraries raise on damaged files, in words; other errors are bugs and show."""

from collections.abc import Iterator
from contextlib import contextmanager

from surveysem.errors import describe
from surveysem.intake import formats
from surveysem.intake.rows import RowsError

PANIC = "pyo3_runtime"  # the module of PanicException, which a Rust library raises and none exports


@contextmanager
def reading(shown: str, kind: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn what a library raises on a file in the format `kind` into one RowsError.

    Only calls of the library belong inside. errors: its own exceptions; default is all of
    them, for libraries that let Python's through. Tried on some ten thousand damaged files:
    pyreadstat raises ReadstatError, TypeError, OverflowError and UnicodeDecodeError, xlrd beside
    its own IndexError, KeyError, AssertionError, RecursionError and struct.error, zipfile beside
    BadZipFile zlib.error, OSError, NotImplementedError and UnicodeDecodeError.
    """
    try:
        yield
    except (RowsError, MemoryError):
        raise
    except BaseException as error:
        if isinstance(error, errors or Exception) or type(error).__module__ == PANIC:
            raise RowsError(unreadable(shown, kind, error)) from None
        raise


def unreadable(shown: str, kind: str, error: BaseException) -> str:
    """Words for a file that a library gives up on, with the library's own first line."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return describe(
        shown,
        f"not readable as {kind}: {first}",
        formats.ALLOWED,
        "the file may be damaged or cut off: export it again; or set format: if it is another",
    )


def too_large(shown: str) -> str:
    """Words for a file that needs more memory than there is."""
    return describe(
        shown,
        "too large for this machine's memory",
        hint="export fewer columns, or CSV UTF-8, which needs the least",
    )
