"""Four models of a scale with facets: which are identified, and which are one in two forms.

One factor; correlated facets; a general factor behind the facets (second order); a general factor
beside them (bifactor, all factors uncorrelated). What can be told apart follows from the numbers
of facets and of their items alone, and is stated before anything is fitted. A facet of one item is
no factor: that item, like one of no facet, says nothing of facets and is left out.
"""

from collections.abc import Mapping, Sequence

import numpy as np

RIVALS = ("one_factor", "correlated", "second_order", "bifactor")
FEWEST = 2  # items of a facet that can have a factor of its own
GENERAL = "general"

Facets = Mapping[str, Sequence[str]]


def factors(facets: Facets, items: Sequence[str]) -> dict[str, list[str]]:
    """Facets that can be factors, with those of their items that were asked and can be used."""
    asked = {f: [i for i in own if i in items] for f, own in facets.items()}
    return {f: own for f, own in asked.items() if len(own) >= FEWEST}


def unidentified(facets: Facets, rival: str) -> str:
    """Why a rival's parameters have no single value, 'code: detail'; '' where they have.

    two_facets: one correlation cannot give two second-order loadings; three can (Rindskopf & Rose
    1988, Multivariate Behavioral Research 23, 51-67). small_facets: beside a general factor two
    items have one covariance left for two loadings. two_threes: across two facets the general
    loadings are known but for a number that multiplies those of one and divides those of the
    other; a third facet fixes it, or a fourth item, since its facet then has more covariances than
    loadings (Fang, Guo, Xu, Ying & Zhang 2021, Statistica Sinica 31, 2309-2330; Green & Yang 2018,
    Educational and Psychological Measurement 78, 717-736). Facets of two items have their
    factor's scale from its correlations, one of which must not be zero.
    """
    if rival == "second_order" and len(facets) < 3:
        return "two_facets"
    if rival == "bifactor":
        small = [f for f, own in facets.items() if len(own) < 3]
        if small:
            return f"small_facets: {', '.join(small)}"
        if len(facets) < 3 and max(map(len, facets.values())) < 4:
            return "two_threes"
    return ""


def twin(facets: Facets, rival: str) -> str:
    """The rival that is the same model in another form, '' for none.

    Three correlations give three second-order loadings and the other way round (Rindskopf & Rose
    1988).
    """
    return "correlated" if rival == "second_order" and len(facets) == 3 else ""


def pairs(facets: Facets) -> list[tuple[str, str, str]]:
    """Restricted rival, freer rival, and why chi-square cannot compare them ('' where it can).

    One factor is correlated facets with all correlations one; a second-order factor is four
    correlated facets or more with correlations that are products, and a bifactor model with
    loadings in proportion within each facet (Yung, Thissen & McLeod 1999, Psychometrika 64,
    113-128). not_nested: four correlated facets or more are a bifactor model only where they are
    of second order. no_regular_test: where the restricted model holds the freer one is not
    identified, so that the difference has no chi-square distribution: facet loadings of zero leave
    the others undetermined (Hayashi, Bentler & Yuan 2007, Structural Equation Modeling 14,
    505-526), and of two correlated facets a bifactor model has the product of the general loadings
    only.
    """
    found = [("one_factor", "correlated", "")]
    if len(facets) > 3:
        found += [("one_factor", "second_order", ""), ("second_order", "correlated", "")]
    if unidentified(facets, "bifactor"):
        return found
    found.append(("one_factor", "bifactor", "no_regular_test"))
    if len(facets) > 3:
        found += [("second_order", "bifactor", ""), ("correlated", "bifactor", "not_nested")]
    else:
        why = "no_regular_test" if len(facets) == 2 else ""
        found.append(("correlated", "bifactor", why))
    return found


def names(facets: Facets) -> dict[str, str]:
    """Names of the latent variables in model text, none of them an item's: of the general factor
    ('') and of each facet."""
    plain = {"": GENERAL} | {f: f"facet{k}" for k, f in enumerate(facets, start=1)}
    items, end = {i for own in facets.values() for i in own}, ""
    while items & {name + end for name in plain.values()}:
        end += "."
    return {f: name + end for f, name in plain.items()}


def text(facets: Facets, rival: str, start: Mapping[tuple[str, str], float] | None = None) -> str:
    """Model text of a rival. Factors have variance one, but for facets behind which another
    factor stands: these have the scale of their first item, so that their own variance is free to
    be nothing. start: values from which loadings of the bifactor model are sought, by factor and
    item.
    """
    name = names(facets)
    own = {name[f]: items for f, items in facets.items()}
    every = {name[""]: [i for items in own.values() for i in items]}
    if rival == "one_factor":
        return _unit(every)
    if rival == "correlated":
        return _unit(own)
    if rival == "second_order":
        lines = [f"{f} =~ {' + '.join(items)}\n" for f, items in own.items()]
        return "".join(lines) + _unit({name[""]: list(own)})
    both = every | own
    order = list(both)
    lines = [f"{a} ~~ 0*{b}\n" for k, a in enumerate(order) for b in order[k + 1 :]]
    return _unit(both, start or {}) + "".join(lines)


def _unit(
    own: Mapping[str, Sequence[str]], start: Mapping[tuple[str, str], float] | None = None
) -> str:
    """Lines of factors of variance one."""
    lines = []
    for f, items in own.items():
        terms = [f"NA*{i}" for i in items]
        terms += [f"start({start[f, i]:.6g})*{i}" for i in items if (f, i) in (start or {})]
        lines.append(f"{f} =~ {' + '.join(terms)}\n{f} ~~ 1*{f}\n")
    return "".join(lines)


def bifactor_start(
    facets: Facets, R: np.ndarray, loadings: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """Loadings of the bifactor model that is nearest to correlated facets.

    R: correlations of the facets, f x f. loadings: of each item on its facet, of variance one. The
    general factor is that of the facets' correlations, and each facet keeps what it leaves (Schmid
    & Leiman 1957, Psychometrika 22, 53-61). From elsewhere the search may end in a negative
    variance although there is an admissible minimum.
    """
    name, start = names(facets), {}
    for share, (f, items) in zip(_common_factor(R), facets.items(), strict=True):
        for i in items:
            start[name[""], i] = share * loadings[i]
            start[name[f], i] = np.sqrt(1 - share**2) * loadings[i]
    return start


def _common_factor(R: np.ndarray) -> np.ndarray:
    """Loadings of correlations on one factor, by principal axes, kept off zero and one."""
    own = np.abs(R - np.eye(len(R))).max(axis=1)
    for _ in range(50):
        values, vectors = np.linalg.eigh(R - np.diag(1 - own))
        found = np.sqrt(max(values[-1], 0.0)) * vectors[:, -1]
        own = np.clip(found**2, 0.05, 0.9)
    found = found if found.sum() >= 0 else -found
    return np.sign(found) * np.clip(np.abs(found), 0.2, 0.95)


def second_order_loadings(R: np.ndarray) -> np.ndarray:
    """Squared loadings of three facets on the factor behind them, from their correlations, 3 x 3.

    r12 r13 / r23 and so on; between zero and one where there is such a factor.
    """
    r = R[[0, 0, 1], [1, 2, 2]]  # 12, 13, 23
    with np.errstate(divide="ignore", invalid="ignore"):
        return r.prod() / r[::-1] ** 2
