"""`group: label` lines: which statements hold for which group."""

from collections.abc import Sequence

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError, NotAvailableError
from surveysem.sem.syntax import Statement
from surveysem.sem.variables import variables


def statements_by_group(
    user: Sequence[Statement], groups: int, group_labels: Sequence
) -> list[list[Statement]]:
    """Statements of each group, in the groups' order.

    All are for every group unless the model has `group:` lines. Their labels are those
    of the data (spaces do not matter), or numbers from 1 in the groups' order.

    Raises ModelError for an unknown label, a group without statements or a statement
    above the first line, NotAvailableError for groups with different variables.
    """
    if not any(s.group for s in user):
        return [list(user)] * groups
    known = _numbers(groups, group_labels)
    parts: list[list[Statement]] = [[] for _ in range(groups)]
    for s in user:
        if not s.group:
            raise ModelError(
                f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}' stands above the first 'group:' "
                "line\n  hint: give every group its own statements"
            )
        if s.group not in known:
            close = nearest(s.group, known)
            raise ModelError(
                f"model, line {s.line}: there is no group '{s.group}'\n"
                f"  allowed: {', '.join(known)}"
                + (f"\n  hint: did you mean '{close}'?" if close else "")
            )
        parts[known[s.group] - 1].append(s)
    for group, part in enumerate(parts, start=1):
        if not part:
            raise ModelError(
                f"model: group {group} of {groups} has no statements\n"
                f"  hint: write 'group: {group}' and its formulas, or leave out all 'group:' lines"
            )
    _require_same_variables(parts)
    return parts


def _numbers(groups: int, group_labels: Sequence) -> dict[str, int]:
    """Number of each group by what may stand behind `group:`."""
    by_label = {"".join(str(x).split()): g for g, x in enumerate(group_labels, start=1)}
    by_number = {str(g): g for g in range(1, groups + 1)}
    for word in by_label:
        if by_number.get(word, by_label[word]) != by_label[word]:
            raise ModelError(
                f"model: 'group: {word}' may be the group with that label, which comes as number "
                f"{by_label[word]}, or group number {word}\n"
                "  hint: put the groups in the order of their labels by group_order"
            )
    return by_number | by_label


def _require_same_variables(parts: Sequence[Sequence[Statement]]) -> None:
    first = variables(parts[0])
    for group, part in enumerate(parts[1:], start=2):
        other = variables(part)
        for what in ("observed", "latent", "covariates"):
            differing = sorted(set(getattr(first, what)) ^ set(getattr(other, what)))
            if differing:
                raise NotAvailableError(
                    f"model: '{differing[0]}' is among the {what} variables of group 1 or of "
                    f"group {group}, but not of both: groups with different variables are not "
                    "available\n  hint: a loading may be fixed to 0 in one group"
                )
