"""What hypotheses and model texts say together: loops, repetitions, names that nothing has."""

from collections.abc import Iterable, Mapping
from itertools import combinations

from surveysem.errors import describe, nearest
from surveysem.study.objects import Hypothesis, Model

FITTED = ("total", "path", "indirect")


def contradictions(hypotheses: Mapping[str, Hypothesis], shown: str) -> list[str]:
    """Fitted hypotheses that cannot be estimated, or that stand there twice."""
    problems = []

    def add(h: Hypothesis, column: str, found: str, hint: str) -> None:
        problems.append(describe(f"{shown}, hypothesis {h.id}, column {column}", found, hint=hint))

    fitted = [h for h in hypotheses.values() if h.kind in FITTED]
    for h in fitted:
        route = [*h.causes, *h.via, *h.outcomes]
        repeated = [name for k, name in enumerate(route) if name in route[:k]]
        if repeated:
            column = "to" if h.causes == h.outcomes else "via"
            add(h, column, f"'{repeated[0]}' stands in from, via and to twice",
                "an effect runs from one construct through others to a different one")  # fmt: skip
        if h.via and h.kind != "indirect":
            add(h, "via", f"a hypothesis of kind '{h.kind}' runs through nothing",
                "leave `via` empty, or make it kind 'indirect'")  # fmt: skip
        if h.sesoi is not None and not 0 < h.sesoi < 1:
            add(h, "sesoi", f"{h.sesoi:g} is no smallest standardised effect",
                "more than 0 and less than 1, e.g. 0.1; empty for no equivalence test")  # fmt: skip
    for a, b in combinations(fitted, 2):
        same = (a.kind, a.causes, a.via, a.outcomes) == (b.kind, b.causes, b.via, b.outcomes)
        if same and (not a.groups or not b.groups or set(a.groups) & set(b.groups)):
            add(b, "id", f"states the same effect as {a.id}",
                "keep one; a direction that is open has sign 0")  # fmt: skip
    return problems


def loops(
    models: Mapping[str, Model], hypotheses: Mapping[str, Hypothesis], shown: str
) -> list[str]:
    """Models whose hypothesised paths lead back to where they start."""
    problems, seen = [], set()
    for model in (m for m in models.values() if m.syntax is None):
        paths = [
            (h.causes[0], h.outcomes[0])
            for h in hypotheses.values()
            if h.kind == "path" and h.causes and h.outcomes and h.causes != h.outcomes
            and (not h.groups or set(model.groups) <= set(h.groups))
        ]  # fmt: skip
        loop = _loop(paths)
        if loop and frozenset(loop) not in seen:
            seen.add(frozenset(loop))
            problems.append(_looped(shown, loop))
    return problems


def _looped(where: str, loop: list[str]) -> str:
    return describe(
        where,
        f"the paths make a loop: {' → '.join(loop)}",
        hint="a survey at one time cannot tell the two directions apart: leave out one of the paths",
    )


def _loop(paths: Iterable[tuple[str, str]]) -> list[str]:
    """The first loop of cause-to-outcome pairs, its start at both ends; [] if there is none."""
    follows: dict[str, list[str]] = {}
    for cause, outcome in paths:
        follows.setdefault(cause, []).append(outcome)
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for outcome in follows.get(name, ()):
            found = walk(outcome, [*trail, name])
            if found:
                return found
        done.add(name)
        return []

    return next(filter(None, (walk(name, []) for name in follows)), [])


def model_text(text: str, shown: str, known: Iterable[str] | None) -> list[str]:
    """What is wrong with a user's model text. known: names of constructs and items, None where
    the files do not tell them."""
    # the engine takes half a second to import, and most studies have no such file
    from surveysem.sem.errors import SurveySemError
    from surveysem.sem.syntax import EXPRESSION_OPERATORS, parse

    if not text.strip():
        return [describe(shown, "the file is empty", hint="write a model, or leave out `syntax:`")]
    try:
        statements = [s for s in parse(text) if s.op not in EXPRESSION_OPERATORS]
    except SurveySemError as error:
        return [f"{shown}: {error}"]
    names = {*(known or ()), *(s.lhs for s in statements if s.op == "=~")}
    problems, told = [], set()
    for s in statements if known is not None else ():
        for name in filter(None, (s.lhs, s.rhs if s.op != "|" else "")):
            if name not in names and name not in told:
                told.add(name)
                close = nearest(name, sorted(names))
                problems.append(
                    describe(
                        shown,
                        f"'{name}' is neither a construct nor an item",
                        hint=f"did you mean '{close}'?" if close else "see the instrument",
                    )
                )
    loop = _loop((s.rhs, s.lhs) for s in statements if s.op == "~")
    return problems or ([_looped(shown, loop)] if loop else [])
