"""Which rows that lavaan adds are free in later groups, where equalities identify them."""

from collections.abc import Sequence

from surveysem.sem.options import Options
from surveysem.sem.syntax import Statement
from surveysem.sem.variables import Variables


def freed_in_later_groups(
    user: Sequence[Statement], v: Variables, options: Options
) -> frozenset[str]:
    """Names of added rows that are fixed in the first group and free in the others."""
    rule = _wu_estabrook if options.wu_estabrook else _lavaan
    return frozenset(rule(user, v, options))


def _lavaan(user: Sequence[Statement], v: Variables, options: Options) -> set[str]:
    """lavaan's rules.

    Equal intercepts identify the differences between latent means, equal loadings those
    between latent variances under std_lv, equal thresholds those between the scales of
    the latent responses.
    """
    names: set[str] = set()
    within = bool(options.split)  # there means are zero, and differ between clusters only
    if "intercepts" in options.equal and "means" not in options.equal and not within:
        names.update(f"{f}~1" for f in v.latent)
    if options.std_lv and "loadings" in options.equal and "lv_variances" not in options.equal:
        names.update(f"{f}~~{f}" for f in v.latent)
    if "thresholds" in options.equal:
        names.update(_scale(x, options) for x in options.ordered)
    return names


def _wu_estabrook(user: Sequence[Statement], v: Variables, options: Options) -> set[str]:
    """Wu and Estabrook (2016, Psychometrika 81, 1014-1045), propositions 4 to 15.

    Equal thresholds of an ordinal indicator free its intercept, unless intercepts are
    equal too; two of them free its scale, one does so only beside an equal intercept
    (with two categories the threshold and the scale are not told apart otherwise). An
    equal intercept frees the mean of the only latent variable that it belongs to, an
    equal loading the variance under std_lv. The rows are those of `measEq.syntax` of
    semTools 0.5-6 with ID.cat = "Wu.Estabrook.2016" and ID.fac = "std.lv"; with a marker
    in place of std_lv the same model in another scale of the latent variables. The scale
    of an indicator with two categories is a convention as long as intercepts differ, so
    that equal loadings then mean something else under delta than under theta.
    """
    names: set[str] = set()
    measures: dict[str, list[str]] = {}
    for s in (s for s in user if s.op == "=~"):
        measures.setdefault(s.rhs, []).append(s.lhs)
        if options.std_lv and options.holds_equal("loadings", f"{s.lhs}=~{s.rhs}"):
            names.add(f"{s.lhs}~~{s.lhs}")
    for x, latents in measures.items():
        if len(latents) == 1 and x in v.observed and options.holds_equal("intercepts", f"{x}~1"):
            names.add(f"{latents[0]}~1")
    for x, thresholds in options.ordered.items():
        equal = sum(options.holds_equal("thresholds", f"{x}|t{k + 1}") for k in range(thresholds))
        intercept = options.holds_equal("intercepts", f"{x}~1")
        if equal and not intercept:
            names.add(f"{x}~1")
        scaled = equal >= 2 or (equal and intercept)
        if scaled and not options.holds_equal("residuals", f"{x}~~{x}"):
            names.add(_scale(x, options))
    return names


def _scale(x: str, options: Options) -> str:
    """Row that scales the latent response of x."""
    return f"{x}~~{x}" if options.theta else f"{x}~*~{x}"
