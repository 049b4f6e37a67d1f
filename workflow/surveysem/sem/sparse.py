"""Findings about ordinal answers that are too sparse for their correlations."""

from collections.abc import Sequence

from surveysem.sem.problems import Problem

_NAMED = 3  # pairs that a message names


def sparse_answers(parts: Sequence, places: Sequence[str]) -> list[Problem]:
    """Empty cells of two-way tables, and correlations at their bound, of each group.

    parts: of a fit by least squares. places: words for each group in messages, such as
    " (group a)". Neither finding makes a fit inadmissible; both bias the correlations and
    their standard errors (Savalei 2011, Structural Equation Modeling 18, 253).
    """
    found = []
    for part, place in zip(parts, places, strict=True):
        empty = getattr(part.observed, "empty_cells", ())  # numeric data have no tables
        if empty:
            found.append(_cells(part.observed, empty, place))
        found += [
            Problem(
                "bound_correlation",
                f"{a} ~~ {b}",
                f"the answers to {a} and {b} leave no correlation but {value:.3f}{place}: it is "
                "at its bound",
                "one item may repeat the other, or categories are too rare: combine them, or "
                "leave one item out",
                inadmissible=False,
            )
            for a, b, value in getattr(part.observed, "at_bound", ())
        ]
    return found


def _cells(observed, empty: Sequence[tuple[str, str, int]], place: str) -> Problem:
    sizes = {
        name: len(values) for name, values in zip(observed.names, observed.categories, strict=True)
    }
    worst = sorted(empty, key=lambda pair: -pair[2] / (sizes[pair[0]] * sizes[pair[1]]))[:_NAMED]
    words = [f"{a} with {b} ({n} of {sizes[a] * sizes[b]} cells)" for a, b, n in worst]
    p = int(observed.ordered.sum())
    return Problem(
        "empty_cells",
        f"{worst[0][0]} ~~ {worst[0][1]}",
        f"{len(empty)} of {p * (p - 1) // 2} pairs of ordinal items have combinations of answers "
        f"that nobody gave{place}, most {', '.join(words)}",
        "combine rare categories where the correlations of these items matter",
        inadmissible=False,
    )
