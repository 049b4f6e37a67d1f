"""The one family of errors that a user can cause and mend."""

import difflib
from collections.abc import Iterable


class SurveySemError(Exception):
    """Input that cannot be used; the message says what, where and how to mend it."""


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name closest in spelling to `name`, or None if none is close."""
    by_folded = {str(option).casefold(): str(option) for option in allowed}
    match = difflib.get_close_matches(str(name).casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[match[0]] if match else None


def describe(where: str, found: str, allowed: Iterable[str] = (), hint: str = "") -> str:
    """Word one problem: where it is, what was found, what is allowed, what to do.

    `allowed` is shown in full up to 20 entries; the nearest to a quoted name in
    `found` has to be put into `hint` by the caller, who knows which name is meant.
    """
    options = [str(option) for option in allowed]
    lines = [f"{where}: {found}"]
    if options:
        shown = ", ".join(options[:20]) + (
            f", ... ({len(options)} in all)" if len(options) > 20 else ""
        )
        lines.append(f"  allowed: {shown}")
    if hint:
        lines.append(f"  hint: {hint}")
    return "\n".join(lines)
