"""Parameters that are one: equal labels, `equal()`, group_equal and group_partial."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError
from surveysem.sem.options import Options
from surveysem.sem.rows import Row
from surveysem.sem.syntax import Statement


def kind_of(row: Row, latent: Sequence[str], covariates: Sequence[str] = ()) -> str:
    """Name of the class of parameters that `group_equal` speaks of (lavaan's group.equal).

    Empty for the moments of covariates and for scaling factors, which no class holds.
    """
    if row.op in ("=~", "~", "|"):
        return {"=~": "loadings", "~": "regressions", "|": "thresholds"}[row.op]
    if row.lhs in covariates or row.op == "~*~":
        return ""
    if row.op == "~1":
        return "means" if row.lhs in latent else "intercepts"
    if row.lhs in latent:
        return "lv_variances" if row.lhs == row.rhs else "lv_covariances"
    return "residuals" if row.lhs == row.rhs else "residual_covariances"


def labels(rows: Sequence[Row]) -> list[str]:
    """Labels that rows carry, each once."""
    return list(dict.fromkeys(r.label for r in rows if r.label))


def tied(
    rows: Sequence[Row],
    latent: Sequence[str],
    covariates: Sequence[str],
    options: Options,
    equal_to: Mapping[tuple[str, int], Statement],
) -> list[Row]:
    """Rows with one label wherever they are equal, be it by label, `equal()` or group_equal.

    equal_to: the statements that carry `equal()`, by name and group of their row. As in
    lavaan a label of the user's outweighs group_equal, a fixed member fixes all, and of
    several bounds the widest holds for all.

    Raises ModelError for an unknown name in `equal()`, and for equal parameters that are fixed
    to different values.
    """
    rows, keys = list(rows), []
    for row in rows:
        equal = options.holds_equal(kind_of(row, latent, covariates), row.name)
        own = row.group == 1 or equal
        keys.append(row.label or (row.name if own else f"{row.name}.g{row.group}"))
    _resolve(keys, rows, equal_to)

    members: dict[str, list[int]] = {}
    for k, key in enumerate(keys):
        members.setdefault(key, []).append(k)
    for indices in (m for m in members.values() if len(m) > 1):
        label = next((keys[k] for k in indices if rows[k].label == keys[k]), "")
        together = _one_parameter([rows[k] for k in indices], label or f".p{indices[0] + 1}.")
        for k, row in zip(indices, together, strict=True):
            rows[k] = row
    return rows


def require_known(rows: Sequence[Row], options: Options) -> None:
    """Raise ModelError for a name in group_partial that is no parameter of the model."""
    names = {r.name for r in rows if r.group == 1}
    for entry in sorted(options.released - names):
        close = nearest(entry, names)
        raise ModelError(
            f"group_partial: '{entry}' is not a parameter of the model"
            + "\n  hint: "
            + (f"did you mean '{close}'?" if close else "names are written as f=~x1 or x1~1")
        )


def _one_parameter(rows: Sequence[Row], label: str) -> list[Row]:
    """Rows that are equal: all fixed where one is, else with one label and one set of bounds."""
    first = rows[0]
    shown = f"'{first.lhs} {first.op} {first.rhs}".rstrip() + "'"
    values = {row.value for row in rows if row.value is not None}
    if len(values) > 1:
        raise ModelError(
            f"{shown} has to be equal and is fixed to different values: "
            f"{', '.join(f'{v:g}' for v in sorted(values))}\n"
            "  hint: name it in group_partial, or remove the label"
        )
    if values:
        value = values.pop()
        return [replace(row, value=value, lower=None, upper=None) for row in rows]
    lower = min((r.lower for r in rows if r.lower is not None), default=None)
    upper = max((r.upper for r in rows if r.upper is not None), default=None)
    if lower is not None and upper is not None and lower > upper:
        raise ModelError(
            f"{shown} has to be equal, with a lower bound ({lower:g}) above an upper bound "
            f"({upper:g})\n  hint: mend one of the two, or remove the label"
        )
    return [replace(row, label=label, lower=lower, upper=upper) for row in rows]


def _resolve(keys: list[str], rows: list[Row], equal_to) -> None:
    """Let `equal("f=~x2")` stand for that parameter's own key and label; it has to exist."""
    if not equal_to:
        return
    names = {
        row.name + (f".g{row.group}" if row.group > 1 else ""): k for k, row in enumerate(rows)
    }
    for k, row in enumerate(rows):
        statement = equal_to.get((row.name, row.group))
        if statement is None or not row.label:
            continue
        target = names.get(row.label)
        if target is not None and target != k:
            keys[k] = keys[target]
            rows[k] = replace(row, label="")
        elif not any(other.label == row.label for j, other in enumerate(rows) if j != k):
            allowed = [name for name in (*names, *labels(rows)) if name != row.label]
            close = nearest(row.label, allowed)
            raise ModelError(
                f'model, line {statement.line}: equal("{row.label}") names no other parameter'
                + (f"\n  hint: did you mean '{close}'?" if close else "")
            )
