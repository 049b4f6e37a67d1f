"""What the user may write of ordinal variables: thresholds, scaling factors, residuals."""

from collections.abc import Mapping, Sequence

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError
from surveysem.sem.options import Options
from surveysem.sem.syntax import Statement
from surveysem.sem.variables import Variables


def ordinal_variables(ordered: Mapping[str, int], v: Variables) -> dict[str, int]:
    """Number of thresholds of the model's ordinal variables, in the order of the moments.

    Covariates are not among them: they enter as numbers, as in lavaan. Raises ModelError
    for a latent variable and for one with a single category.
    """
    for name in v.latent:
        if name in ordered:
            raise ModelError(
                f"ordered: '{name}' is latent\n  hint: name its indicators in its place"
            )
    found = {x: int(ordered[x]) for x in v.observed if x in ordered and x not in v.covariates}
    for name, thresholds in found.items():
        if thresholds < 1:
            raise ModelError(
                f"ordered: '{name}' has {thresholds} thresholds, so one category at most\n"
                "  hint: leave it out of the model: it does not vary"
            )
    return found


def require_ordinal(user: Sequence[Statement], v: Variables, options: Options) -> None:
    """Raise ModelError for thresholds, scaling factors or residual variances out of place."""
    for s in user:
        if s.op == "|":
            _require_threshold(s, v, options)
        elif s.op == "~*~":
            _require_scaling_factor(s, v, options)
        elif s.op == "~~" and s.lhs == s.rhs and s.lhs in options.ordered and not options.theta:
            fixed = s.modifier.fixed
            if not fixed or any(value != 1 for value in fixed):  # 1 is what it is by default
                raise _error(
                    s,
                    f"the residual variance of ordinal '{s.lhs}' is no parameter of "
                    "parameterization 'delta'",
                    f"parameterization='theta', or a scaling factor: {s.lhs} ~*~ {s.lhs}",
                )


def _require_threshold(s: Statement, v: Variables, options: Options) -> None:
    _require_ordered(s, "thresholds", v, options)
    number = options.ordered[s.lhs]
    if int(s.rhs[1:]) > number:
        raise _error(
            s,
            f"'{s.lhs}' has {number} threshold{'s' * (number > 1)} ({number + 1} categories), so "
            f"there is no {s.rhs}",
            f"{s.lhs} | {' + '.join(f't{k + 1}' for k in range(number))}",
        )


def _require_scaling_factor(s: Statement, v: Variables, options: Options) -> None:
    if s.lhs != s.rhs:
        raise _error(s, "a scaling factor is of one variable", f"{s.lhs} ~*~ {s.lhs}")
    _require_ordered(s, "scaling factors", v, options)
    if options.theta:
        raise _error(
            s,
            "scaling factors are no parameters of parameterization 'theta'",
            f"parameterization='delta', or the residual variance: {s.lhs} ~~ {s.lhs}",
        )


def _require_ordered(s: Statement, what: str, v: Variables, options: Options) -> None:
    if s.lhs in options.ordered:
        return
    if s.lhs in v.latent:
        raise _error(
            s,
            f"'{s.lhs}' is latent; {what} belong to ordinal observed variables",
            f"give them to its indicators, or write {s.lhs} ~ 1 for its mean",
        )
    if s.lhs in v.covariates:
        raise _error(
            s,
            f"'{s.lhs}' is a covariate, which enters as a number; {what} belong to ordinal "
            "indicators and outcomes",
            f"write {s.lhs} ~~ {s.lhs} to make it a variable with a distribution of its own",
        )
    close = nearest(s.lhs, options.ordered)
    raise _error(
        s,
        f"'{s.lhs}' is not ordinal; {what} belong to ordinal variables",
        f"did you mean '{close}'?" if close else f"name it in the argument `ordered`: ['{s.lhs}']",
    )


def _error(s: Statement, message: str, hint: str) -> ModelError:
    return ModelError(f"model, line {s.line}: '{s.lhs} {s.op} {s.rhs}': {message}\n  hint: {hint}")
