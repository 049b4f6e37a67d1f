"""Would the paths be others without a common method? Each fit again, with a method controlled."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from surveysem.asked import members
from surveysem.measurement.estimator import quick
from surveysem.measurement.latent import unit_text
from surveysem.measurement.method import unstandardised
from surveysem.measurement.methodmodels import free_name, measured_by, unmeasured, with_marker
from surveysem.models import Attempt, attempt
from surveysem.sem.syntax import parse

COLUMNS = ["model", "wave", "group", "fit", "control", "estimator", "lhs", "rhs", "n", "std",
           "std_with", "change", "note"]  # fmt: skip
NAMED = 0.10  # a change of a standardised path that is named (shared convention, not a law)


def method_controls(
    table: pd.DataFrame,
    texts: Mapping[str, str],
    *,
    model: str,
    wave: str,
    groups: Sequence[str],
    markers: Mapping[str, Sequence[str]],
    reverse: Sequence[str],
) -> pd.DataFrame:
    """Standardised paths of each fit and group without and with a method controlled.

    texts: structural models by name. Controls: ulmc and ulmc_keyed (an unmeasured factor), and
    marker:NAME (Method-C of the CFA marker technique), both fits of one control on the same rows.
    Groups are fitted alone, by `quick`'s estimator: the change counts, not the path itself.
    """
    rows = []
    for name, text in texts.items():
        if not any(s.op == "~" for s in parse(text)):
            continue
        _latent, items = measured_by(text)
        for group in groups:
            data = members(table, [group])
            estimator = quick(data, items)
            for control, plain, changed in _controls(
                text, data, group, estimator, markers, reverse
            ):
                rows += _compared((model, wave, group, name, control, estimator), plain, changed)
    return pd.DataFrame(rows, columns=COLUMNS)


def _controls(
    text, data, group, estimator, markers, reverse
) -> Iterator[tuple[str, Attempt, Attempt]]:
    """Name of each control, and the fits of the same rows without and with it."""
    latent, items = measured_by(text)
    name = free_name([*data.columns, *latent])
    signs = {"ulmc": ()}
    if set(items) & set(reverse):
        signs["ulmc_keyed"] = reverse
    plain = attempt(text, data, [group], estimator=estimator)
    for control, turned in signs.items():
        more = unmeasured(text, name, turned)
        usable = plain.usable
        yield control, plain, attempt(more, data, [group], after=plain.fit) if usable else plain
    for marker, own in markers.items():
        if marker in latent:
            plain = changed = Attempt(None, f"marker_in_model: {marker}")
        else:
            answered = data.dropna(subset=list(own))
            plain = attempt(text, answered, [group], estimator=estimator)
            changed = _marked(text, answered, group, estimator, marker, own)
        yield f"marker:{marker}", plain, changed


def _marked(text, data, group, estimator, marker: str, own: Sequence[str]) -> Attempt:
    """The model with a marker's equal loadings (Method-C), or why there is none."""
    factors = unit_text({**_factors(text), marker: own})
    cfa = attempt(factors, data, [group], estimator=estimator)
    if not cfa.usable:
        return cfa
    more = with_marker(text, marker, *unstandardised(cfa.fit, marker, own), "c")
    return attempt(more, data, [group], estimator=estimator)


def _factors(text: str) -> dict[str, list[str]]:
    """First-order factors of a model with their observed items."""
    latent, _ = measured_by(text)
    found = {f: [s.rhs for s in parse(text) if s.op == "=~" and s.lhs == f and s.rhs not in latent]
             for f in latent}  # fmt: skip
    return {f: list(dict.fromkeys(items)) for f, items in found.items() if items}


def _compared(head: tuple, plain: Attempt, controlled: Attempt) -> list[tuple]:
    for tried in (plain, controlled):
        if not tried.usable:
            n = tried.fit.nobs[0] if tried.fit else 0
            return [(*head, "", "", n, np.nan, np.nan, np.nan, tried.reason)]
    old, new = (_paths(tried) for tried in (plain, controlled))
    rows = []
    for (lhs, rhs), std in old.items():
        change = new[lhs, rhs] - std
        note = "changed" if abs(change) > NAMED else ""
        rows.append((*head, lhs, rhs, controlled.fit.nobs[0], std, new[lhs, rhs], change, note))
    return rows


def _paths(tried: Attempt) -> dict[tuple[str, str], float]:
    p = tried.fit.standardized()
    p = p[p["op"] == "~"]
    return dict(zip(zip(p["lhs"], p["rhs"], strict=True), p["est"], strict=True))
