"""The rows of one group: those that the user wrote, then those that lavaan adds.

Source: lavaan's `lavaanify` (Rosseel 2012, section 3; options auto.var, auto.fix.first,
auto.fix.single, auto.cov.lv.x, auto.cov.y, auto.th, auto.delta, int.ov.free,
int.lv.free, fixed.x), whose row order is kept.

The marker of a latent variable is its first indicator, as in lavaan 0.6, be its loading
weak or negative: nothing in the table looks at data. (lavaan 0.7 takes another one where
the first is poor.) Who wants another marker writes f =~ NA*x1 + 1*x2, or uses std_lv.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import inf

from surveysem.sem.errors import ModelError
from surveysem.sem.identification import freed_in_later_groups
from surveysem.sem.options import Options
from surveysem.sem.rows import Row
from surveysem.sem.syntax import Statement
from surveysem.sem.variables import Variables


def written_rows(
    user: Sequence[Statement], v: Variables, group: int, options: Options
) -> list[Row]:
    """Rows that the user wrote, as they stand in `group` (from 1).

    Raises ModelError where one stands twice, or a modifier has not one entry for each
    group.
    """
    rows, seen, with_marker = [], set(), set()
    for s in user:
        _require_once(s, seen)
        default = None
        if s.op == "=~" and s.lhs not in with_marker and not options.std_lv:
            default = 1.0
        if s.op == "~~" and s.lhs == s.rhs and s.lhs in v.latent and options.std_lv:
            default = 1.0
        with_marker.update([s.lhs] if s.op == "=~" else [])
        rows.append(_written_row(s, default, group, options))
    return rows


def _require_once(s: Statement, seen: set) -> None:
    ends: object = (s.op, s.lhs, s.rhs)
    if s.op in ("=~", "~"):  # f =~ x and x ~ f are one parameter
        ends = (s.rhs, s.lhs) if s.op == "=~" else (s.lhs, s.rhs)
    elif s.op == "~~":
        ends = frozenset((s.lhs, s.rhs))
    if ends in seen:
        raise ModelError(
            f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}' stands in the model twice"
            "\n  hint: remove one of the two"
        )
    seen.add(ends)


def _written_row(s: Statement, default: float | None, group: int, options: Options) -> Row:
    m = s.modifier

    def entry(entries: tuple, what: str):
        return _entry(entries, group, options.groups, what, s)

    value = entry(m.fixed, "values") if m.fixed or m.free else default
    label = entry(m.labels, "labels") or ""
    start = entry(m.start, "starting values")
    lower, upper = entry(m.lower, "lower bounds"), entry(m.upper, "upper bounds")
    if value is not None and start is not None:
        value = start  # lavaan: a starting value does not free a fixed parameter
    _require_inside(s, value, lower, upper)
    return Row(
        s.lhs,
        s.op,
        s.rhs,
        group,
        value,
        "" if label == "NA" else label,
        start,
        lower=lower if value is None else None,
        upper=upper if value is None else None,
    )


def _require_inside(
    s: Statement, value: float | None, lower: float | None, upper: float | None
) -> None:
    low, high = (-inf if lower is None else lower), (inf if upper is None else upper)
    said = f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}'"
    if low > high:
        raise ModelError(
            f"{said} has a lower bound ({low:g}) above its upper bound ({high:g})\n"
            "  hint: mend one of the two"
        )
    if value is not None and not low <= value <= high:
        raise ModelError(
            f"{said} is fixed to {value:g}, outside its bounds {low:g} and {high:g}\n"
            "  hint: mend the value or the bound; NA*x frees a first loading"
        )


def _entry(entries: tuple, group: int, groups: int, what: str, statement: Statement):
    """Entry for a group of a modifier that gives one for all or one for each."""
    if not entries:
        return None
    if statement.group:  # in a block of its own
        group = groups = 1
    if len(entries) not in (1, groups):
        raise ModelError(
            f"model, line {statement.line}: {len(entries)} {what} for {groups} group(s) in "
            f"'{statement.lhs} {statement.op} {statement.rhs}'\n"
            f"  hint: give one, or one for each group: c({', '.join('ab'[:groups])})"
        )
    return entries[0] if len(entries) == 1 else entries[group - 1]


def added_rows(user: Sequence[Statement], v: Variables, group: int, options: Options) -> list[Row]:
    """Rows that lavaan adds to those of the user, as they stand in `group` (from 1)."""
    stated = {(s.op, *sorted((s.lhs, s.rhs))) for s in user}
    rows = [
        row
        for row in (*_moments(user, v, options), *_means(v, options))
        if (row.op, *sorted((row.lhs, row.rhs))) not in stated
    ]
    if group == 1:
        return rows
    freed = freed_in_later_groups(user, v, options)
    return [
        replace(row, group=group, value=None if row.name in freed else row.value) for row in rows
    ]


def _moments(user: Sequence[Statement], v: Variables, options: Options) -> Iterator[Row]:
    """Thresholds, variances, covariances and scaling factors of the first group."""
    ordered = [x for x in v.observed if x in options.ordered]
    for x in ordered:
        for k in range(options.ordered[x]):
            yield Row(x, "|", f"t{k + 1}", 1, None)
    exact = _only_indicators(user)
    for x in (x for x in v.observed if x not in v.covariates):
        value = 1.0 if x in options.ordered else 0.0 if x in exact else None
        yield Row(x, "~~", x, 1, value)
    for x in v.latent:
        yield Row(x, "~~", x, 1, 0.0 if x in exact else 1.0 if options.std_lv else None)
    for a, b in (*combinations(v.exogenous_latent, 2), *combinations(v.outcomes, 2)):
        yield Row(a, "~~", b, 1, None)
    for k, a in enumerate(v.covariates):
        for b in v.covariates[k:]:
            yield Row(a, "~~", b, 1, None, exogenous=options.fixed_x)
    for x in ordered:
        yield Row(x, "~*~", x, 1, 1.0)


def _means(v: Variables, options: Options) -> Iterator[Row]:
    """Intercepts and latent means of the first group."""
    if not options.meanstructure:
        return
    for x in v.observed:
        exogenous = options.fixed_x and x in v.covariates
        zero = not exogenous and (options.growth or x in options.ordered)
        zero = zero or x in options.split
        yield Row(x, "~1", "", 1, 0.0 if zero else None, exogenous=exogenous)
    for x in v.latent:
        yield Row(x, "~1", "", 1, None if options.growth else 0.0)


def _only_indicators(user: Sequence[Statement]) -> set[str]:
    """Indicators that are the only one of their latent, and of no other (auto.fix.single)."""
    latents = Counter(s.lhs for s in user if s.op == "=~")
    indicators = Counter(s.rhs for s in user if s.op == "=~")
    return {s.rhs for s in user if s.op == "=~" and latents[s.lhs] == 1 and indicators[s.rhs] == 1}
