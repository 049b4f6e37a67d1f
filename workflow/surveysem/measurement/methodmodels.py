"""Model text of a common method: an unmeasured factor, and a measured marker (CFA marker technique).

Lines that are put behind a model's own, so that factor models and structural ones share them.
"""

from collections.abc import Iterable, Mapping, Sequence

from surveysem.sem.syntax import parse

EQUAL = "method.loading"  # label of the marker's equal loadings on the substantive items


def free_name(taken: Iterable[str]) -> str:
    """A name for the method factor that nothing else has."""
    name, taken = "method", set(taken)
    while name in taken:
        name += "."
    return name


def measured_by(text: str) -> tuple[list[str], list[str]]:
    """Latent variables and observed indicators of a model, in order."""
    loadings = [s for s in parse(text) if s.op == "=~"]
    latent = list(dict.fromkeys(s.lhs for s in loadings))
    items = dict.fromkeys(s.rhs for s in loadings if s.rhs not in latent)
    return latent, list(items)


def unmeasured(text: str, name: str, reversed_items: Iterable[str] = ()) -> str:
    """The model with a method factor that loads alike on every item and on nothing else.

    Equal loadings in the items' own units (Podsakoff et al. 2003; Richardson, Simmering and
    Sturman 2009 on how little it can be trusted), -1 for `reversed_items`: items that were
    turned, so that the factor is a leaning to agree whatever an item says (Billiet and McClendon
    2000; Maydeu-Olivares and Coffman 2006). Its variance is free, and orthogonal to all factors.
    """
    latent, items = measured_by(text)
    turned = set(reversed_items)
    lines = [f"{name} =~ {' + '.join(f'{-1 if i in turned else 1}*{i}' for i in items)}"]
    return _joined(text, [*lines, *_orthogonal(name, latent)])


def with_marker(
    text: str,
    marker: str,
    loadings: Mapping[str, float],
    residuals: Mapping[str, float],
    method: str = "",
) -> str:
    """The model with a marker factor of variance one, orthogonal to all others.

    loadings, residuals: unstandardised values of the marker's items, held (Williams, Hartman and
    Cavazotte 2010, phase I: Baseline). method: '' for none on the substantive items; 'c' for
    equal ones (Method-C), 'u' for free ones (Method-U).
    """
    latent, items = measured_by(text)
    terms = [f"{value:.17g}*{item}" for item, value in loadings.items()]
    terms += [{"c": f"{EQUAL}*{i}", "u": f"NA*{i}"}[method] for i in items if method]
    lines = [f"{marker} =~ {' + '.join(terms)}", f"{marker} ~~ 1*{marker}"]
    lines += [f"{item} ~~ {value:.17g}*{item}" for item, value in residuals.items()]
    return _joined(text, [*lines, *_orthogonal(marker, latent)])


def _orthogonal(name: str, latent: Sequence[str]) -> list[str]:
    return [f"{name} ~~ 0*{other}" for other in latent]


def _joined(text: str, lines: Sequence[str]) -> str:
    return text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"
