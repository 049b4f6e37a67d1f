"""Omega hierarchical where the study declares facets: bifactor and second-order models.

Both give each item a loading on what all items share and on what those of its facet share
beyond. Source: Reise (2012), Multivariate Behavioral Research 47, 667; Rodriguez, Reise &
Haviland (2016), Psychological Methods 21, 137. k items, f facets.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from surveysem.reliability.coefficient import Coefficient
from surveysem.reliability.factor import DELTA, attempt, interval_of, maximum_likelihood
from surveysem.sem.result import Fit

STATISTICS = ("omega_h", "omega_t", "ecv")


def places(facets: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, list[int]]:
    """Positions of each facet's items among the scale's, facets with two items or more."""
    found = {f: [names.index(i) for i in items if i in names] for f, items in facets.items()}
    return {f: at for f, at in found.items() if len(at) > 1}


def bifactor_text(at: Sequence[Sequence[int]], items: int) -> str:
    """Model text of a general factor and facets, all uncorrelated."""
    factors = ["general", *(f"facet{f + 1}" for f in range(len(at)))]
    lines = [
        f"{name} =~ NA*" + " + ".join(f"y{j + 1}" for j in own)
        for name, own in zip(factors, [range(items), *at], strict=True)
    ]
    pairs = [(a, b) for k, a in enumerate(factors) for b in factors[k + 1 :]]
    unit = [f"{name} ~~ 1*{name}" for name in factors]
    return "\n".join([*lines, *unit, *(f"{a} ~~ 0*{b}" for a, b in pairs)])


def second_order_text(at: Sequence[Sequence[int]], items: int) -> str:
    """Model text of a general factor behind the facets and the items that are in none.

    A facet has the scale of its first item, so that its own variance is free to be nothing.
    """
    lines = [f"facet{f + 1} =~ " + " + ".join(f"y{j + 1}" for j in own) for f, own in enumerate(at)]
    inside = {j for own in at for j in own}
    parts = [f"facet{f + 1}" for f in range(len(at))]
    parts += [f"y{j + 1}" for j in range(items) if j not in inside]
    general = "general =~ NA*" + " + ".join(parts)
    return "\n".join([*lines, general, "general ~~ 1*general"])


def uncontaminated(at: Sequence[Sequence[int]], items: int) -> float:
    """PUC: the share of item pairs that are not of one facet (Reise, Scheines et al. 2013)."""
    same = sum(len(own) * (len(own) - 1) for own in at)
    return 1 - same / (items * (items - 1))


# Functions of general loadings (k), facet loadings (k x f), residual variances (k) -----------------


def omega_h(general: np.ndarray, facet: np.ndarray, residuals: np.ndarray) -> float:
    """Share of the sum's variance that the general factor makes (McDonald 1999, eq. 6.21)."""
    return general.sum() ** 2 / _total(general, facet, residuals)


def omega_t(general: np.ndarray, facet: np.ndarray, residuals: np.ndarray) -> float:
    """Share of the sum's variance that all factors make."""
    return 1 - residuals.sum() / _total(general, facet, residuals)


def ecv(general: np.ndarray, facet: np.ndarray, residuals: np.ndarray) -> float:
    """The general factor's share of the standardised items' common variance."""
    variance = general**2 + (facet**2).sum(axis=1) + residuals
    return (general**2 / variance).sum() / (1 - residuals / variance).sum()


def _total(general: np.ndarray, facet: np.ndarray, residuals: np.ndarray) -> float:
    return general.sum() ** 2 + (facet.sum(axis=0) ** 2).sum() + residuals.sum()


FUNCTIONS: tuple[Callable, ...] = (omega_h, omega_t, ecv)


def hierarchical(
    answers: np.ndarray, names: Sequence[str], facets: Mapping[str, Sequence[str]]
) -> list[Coefficient]:
    """omega_h, omega_t and ecv of the bifactor and the second-order model, and puc.

    answers: n x k with nan. facets: items of each facet that the constructs file declares.
    No rows where fewer than two facets have two items each.
    """
    at = places(facets, list(names))
    n = int((~np.isnan(answers)).any(axis=1).sum())
    if len(at) < 2:
        return []
    own, k = list(at.values()), len(names)
    small = [name for name, items in at.items() if len(items) < 3]
    parts = len(at) + k - sum(map(len, own))
    out = [Coefficient("puc", n, uncontaminated(own, k), missing="")]
    for model, text, why in (
        ("bifactor", bifactor_text, f"facet of two items: {', '.join(small)}" if small else ""),
        ("second_order", second_order_text, "" if parts > 2 else f"{parts} parts: too few"),
    ):
        statistics = [f"{s}_{model}" for s in STATISTICS]
        if why:
            why = f"not identified: {why}"
            out += [Coefficient(s, n, missing="fiml", note=why) for s in statistics]
            continue
        tried = attempt(text(own, k), answers, names, list(at), **maximum_likelihood(answers))
        if not tried.usable:
            out += [Coefficient(s, tried.n, missing="fiml", note=tried.note) for s in statistics]
            continue
        rows, unpack = _loadings(tried.fit, k, len(own))
        for name, function in zip(statistics, FUNCTIONS, strict=True):
            values = interval_of(tried.fit, rows, _after(unpack, function))
            out.append(Coefficient(name, tried.n, *values, DELTA, "fiml"))
    return out


def _loadings(found: Fit, k: int, f: int) -> tuple[np.ndarray, Callable]:
    """Rows of the table behind the three arrays, and how the rows' values give them.

    A facet hands its general loading on to its items, and its own variance too.
    """
    table, item = found.table.rows, {f"y{j + 1}": j for j in range(k)}
    facet = {f"facet{j + 1}": j for j in range(f)}
    rows = np.array([j for j, row in enumerate(table) if row.op in ("=~", "~~")])

    def unpack(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        general, own, residuals = (np.zeros(n, values.dtype) for n in (k, (k, f), k))
        through, variance = (np.zeros(f, values.dtype) for _ in range(2))
        for value, row in zip(values, rows, strict=True):
            lhs, rhs = table[row].lhs, table[row].rhs
            if lhs in facet and rhs in item:
                own[item[rhs], facet[lhs]] = value
            elif lhs in facet and lhs == rhs:
                variance[facet[lhs]] = value
            elif rhs in facet and table[row].op == "=~":
                through[facet[rhs]] = value
            elif lhs in item:
                residuals[item[lhs]] = value
            elif rhs in item:
                general[item[rhs]] = value
        return general + own @ through, own * np.sqrt(variance), residuals

    return rows, unpack


def _after(unpack: Callable, function: Callable) -> Callable[[np.ndarray], float]:
    return lambda values: function(*unpack(values))
