"""Which of a fit's methods this version has for which kinds of data; the others are refused."""

from typing import TYPE_CHECKING

from surveysem.sem.errors import NotAvailableError

if TYPE_CHECKING:
    from surveysem.sem.result import Fit

# What data may be beside complete, continuous and of one level, and what to do where a
# method does not go with it
HINTS = {
    "two-level": "a model of one level with `cluster` has it",
    "auxiliary": "fit the model without auxiliary variables, or in two stages",
    "incomplete": "estimator='MLR' with missing='listwise' has it",
    "two-stage": "missing='fiml' or missing='listwise' has it",
    "least-squares": "estimator='MLR' with missing='listwise' has it",
}
# "plain" residuals are those that need no standard errors
METHODS = {
    "modification_indices()": {"incomplete", "least-squares"},
    "score_test()": {"incomplete", "least-squares", "auxiliary"},
    "residuals()": {"incomplete", "least-squares", "auxiliary"},
    "plain residuals()": set(HINTS),
    "factor_scores()": set(HINTS) - {"two-level"},
    "factor_score_errors()": set(HINTS) - {"two-level"},
    "factor_determinacy()": set(HINTS) - {"two-level"},
    "casewise_log_likelihood()": {"incomplete", "auxiliary"},
    "influence()": {"incomplete", "least-squares"},
    "bootstrap()": {"incomplete", "least-squares"},
}


def kinds(fit: "Fit") -> list[str]:
    """What the fit's data are beside complete, continuous and of one level."""
    found = {
        "two-level": bool(fit.table.levels),
        "auxiliary": bool(fit.correlates),
        "incomplete": fit.settings.incomplete,
        "two-stage": fit.settings.two_stage,
        "least-squares": fit.settings.least_squares,
    }
    return [kind for kind, true in found.items() if true]


def require(fit: "Fit", method: str) -> None:
    """Raise NotAvailableError where the method does not go with the fit's kind of data."""
    for kind in kinds(fit):
        if kind in METHODS[method]:
            continue
        what = method.removeprefix("plain ")
        if what == "casewise_log_likelihood()" and kind == "least-squares":
            raise NotAvailableError(
                f"least squares (estimator {fit.estimator}) fit moments of one and two variables "
                "and define no likelihood of a row\n"
                "  hint: estimator='MLR', or factor_scores() for what each row says"
            )
        of = f"a {kind} fit"
        if kind == "auxiliary":
            of = f"a fit with auxiliary variables ({', '.join(fit.correlates)})"
        raise NotAvailableError(
            f"{what} of {of} is not available in this version of the engine "
            f"(estimator {fit.estimator}, missing {fit.settings.missing})\n  hint: {HINTS[kind]}"
        )
