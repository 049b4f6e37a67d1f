"""Model text in the engine's language, and fits that end in words when they cannot be done."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveysem.asked import EVERYONE, members
from surveysem.errors import SurveySemError
from surveysem.files import write_text
from surveysem.sem import compare, fit, refit
from surveysem.sem.errors import NotAvailableError
from surveysem.sem.result import Fit
from surveysem.sem.settings import SCALED
from surveysem.sem.syntax import EXPRESSION_OPERATORS, parse

# Names that mean something before `*` in this engine's or lavaan's model text.
_WORDS = {
    "c", "start", "equal", "label", "lower", "upper", "efa", "rv", "prior", "pi", "NA", "NaN",
    "nan", "Inf", "inf", "TRUE", "FALSE", "NULL", "if", "else", "for", "while", "repeat",
    "function", "next", "break", "in",
}  # fmt: skip

# What each estimator of config.yaml asks of the engine. Items are ordinal under WLSMV, with the
# parameterisation in which equal residual variances are a level of invariance of their own.
ESTIMATORS = {
    "ML": {"estimator": "ML"},
    "MLR": {"estimator": "MLR", "missing": "fiml"},
    "WLSMV": {
        "estimator": "WLSMV",
        "missing": "pairwise",
        "ordered": True,
        "parameterization": "theta",
    },
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A fit, or why there is none. reason: '' or 'code: detail' as docs/results.md lists."""

    fit: Fit | None
    reason: str = ""

    @property
    def usable(self) -> bool:
        """Whether the estimates may be interpreted."""
        return self.fit is not None and not self.reason


def measurement_text(factors: Mapping[str, Sequence[str]], *, ordinal: bool = False) -> str:
    """`=~` lines for constructs and their items.

    A single item measures its construct without error, since nothing in the data could
    tell the error apart. ordinal: nor do its answers tell a unit, so that the construct's
    (residual) variance is one.
    """
    lines = []
    for construct, items in factors.items():
        if len(items) > 1 or not items:
            lines.append(f"{construct} =~ {' + '.join(items)}")
            continue
        (item,) = items
        lines += [f"{construct} =~ {'1*' if ordinal else ''}{item}", f"{item} ~~ 0*{item}"]
        if ordinal:
            lines.append(f"{construct} ~~ 1*{construct}")
    return "\n".join(lines) + "\n"


def path_label(hypothesis: str) -> str:
    """Label of a hypothesis' path in model text: its id where that is a plain name.

    Any other id ('2', 'H1-a', 'NA') would change or break the model, so its characters are
    spelled out behind 'id.'; different ids have different labels.
    """
    plain = re.fullmatch(r"[^\W\d]\w*(\.\w+)*", hypothesis)
    if plain and not hypothesis.startswith("id.") and hypothesis not in _WORDS:
        return hypothesis
    return "id." + re.sub(r"[^A-Za-z0-9_]", lambda m: f".{ord(m[0]):x}.", hypothesis)


def structure_text(paths: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """`~` lines: outcome to (hypothesis id, predictor) pairs; an empty id gives no label."""
    lines = []
    for outcome, terms in paths.items():
        words = [f"{path_label(label)}*{name}" if label else name for label, name in terms]
        lines.append(f"{outcome} ~ {' + '.join(words)}")
    return "\n".join(lines) + "\n" if lines else ""


def unlabelled(text: str) -> str:
    """A model without the labels of paths that no `:=` or `==` needs.

    A label that serves two groups would make the path equal in both.
    """
    statements = parse(text)
    needed = {
        name
        for s in statements
        if s.op in EXPRESSION_OPERATORS
        for side in (s.lhs, s.rhs)
        for name in re.findall(r"[^\W\d][\w.]*", side)
    }
    lines = []
    for s in statements:
        labels = [label for label in s.modifier.labels if label in needed]
        if s.op in EXPRESSION_OPERATORS:
            lines.append(f"{s.lhs} {s.op} {s.rhs}")
            continue
        m = s.modifier
        words = ["NA"] if m.free else []
        words += [_group_values("c", ["NA" if v is None else f"{v:.17g}" for v in m.fixed])]
        words += [f"start({m.start[0]:.17g})" if m.start else ""]
        words += [_group_values("c", labels)]
        term = "*".join([*filter(None, words), s.rhs or "1"])
        lines.append(f"{s.lhs} {'~' if s.op == '~1' else s.op} {term}")
    return "\n".join(lines) + "\n"


def _group_values(name: str, entries: Sequence[str]) -> str:
    return f"{name}({', '.join(entries)})" if len(entries) > 1 else "".join(entries)


def attempt(
    text: str,
    table: pd.DataFrame,
    groups: Sequence[str],
    *,
    estimator: str = "ML",
    equal: Sequence[str] = (),
    by: str = "group",
    after: Fit | None = None,
    **options,
) -> Attempt:
    """Fit a model to the groups named, together where there are several.

    by: the column that tells the groups apart. after: a fit of another model to the same
    rows, whose moments and estimates are used. options: further ones of `refit`.
    """
    data = members(table, groups, by)
    several = len(groups) > 1
    absent = [g for g in groups if g != EVERYONE and not (data[by] == g).any()]
    if absent:
        return Attempt(None, f"no_data: {', '.join(absent)}")
    options["group_equal"] = equal if several else ()
    try:
        if after is None:
            grouping = {"group": by, "group_order": list(groups)} if several else {}
            result = fit(text, data, **ESTIMATORS[estimator], **grouping, **options)
        else:
            result = refit(after, text, **options)
    except NotAvailableError as error:
        return Attempt(None, f"not_available: {one_line(error)}")
    except SurveySemError as error:
        return Attempt(None, f"not_fitted: {one_line(error)}")
    serious = [problem for problem in result.problems if problem.inadmissible]
    if serious:
        return Attempt(result, f"inadmissible: {'; '.join(p.message for p in serious[:3])}")
    return Attempt(result)


def difference(restricted: Fit, free: Fit) -> tuple[float, int, float, str]:
    """Chi-square difference, df, p, and why there is none; Satorra's (2000) for scaled tests."""
    scaled = restricted.settings.test in SCALED
    try:
        found = compare(restricted, free, method="satorra_2000" if scaled else "standard")
    except SurveySemError as error:
        return np.nan, restricted.df - free.df, np.nan, f"not_compared: {one_line(error)}"
    return found["chisq_diff"], found["df_diff"], found["pvalue"], ""


def one_line(error: Exception) -> str:
    """An error's message and its hints as one line, with dashes between them."""
    message, *hints = str(error).split("\n  hint: ")
    return " — ".join(" ".join(part.split()) for part in (message, *hints))


def write_texts(texts: Mapping[str, str], path: str) -> None:
    """Write the models of a job into one file, each under a comment with its name."""
    parts = [f"# model: {name}\n{text.strip()}\n" for name, text in texts.items()]
    write_text("\n".join(parts), path)


def read_texts(path: str) -> dict[str, str]:
    """The models that `write_texts` wrote, by name."""
    with open(path, encoding="utf-8") as handle:
        parts = re.split(r"^# model: (\S+)\n", handle.read(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
