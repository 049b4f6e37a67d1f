"""What `build` is asked for, checked, with lavaan's couplings between the arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveysem.errors import nearest
from surveysem.sem.errors import ModelError, NotAvailableError

KINDS = (
    "loadings",
    "intercepts",
    "thresholds",
    "means",
    "residuals",
    "residual_covariances",
    "lv_variances",
    "lv_covariances",
    "regressions",
)
MODEL_TYPES = ("sem", "cfa", "growth")
IDENTIFICATIONS = ("lavaan", "wu_estabrook")


@dataclass(frozen=True, slots=True)
class Options:
    """Arguments of `build`, after the couplings.

    ordered: number of thresholds by variable. equal: classes of parameters held equal
    over groups. released: names of parameters that are not, such as f=~x1. split: within
    clusters, the variables whose means are between them.
    """

    growth: bool
    groups: int
    meanstructure: bool
    std_lv: bool
    fixed_x: bool
    conditional_x: bool
    theta: bool
    wu_estabrook: bool
    ordered: Mapping[str, int]
    equal: frozenset[str]
    released: frozenset[str]
    split: frozenset[str] = frozenset()

    def holds_equal(self, kind: str, name: str) -> bool:
        """Whether the parameter `name`, of class `kind`, is equal over groups."""
        return kind in self.equal and name not in self.released


def options(
    *,
    model_type: str,
    groups: int,
    meanstructure: bool,
    std_lv: bool,
    fixed_x: bool,
    conditional_x: bool,
    parameterization: str,
    id_cat: str,
    ordered: Mapping[str, int],
    group_equal: Sequence[str] | str,
    group_partial: Sequence[str] | str,
) -> Options:
    """Check the arguments of `build` and put them together.

    ordered: the model's own ordinal variables only. As in lavaan, ordinal variables,
    growth models, conditional_x and equal intercepts or means bring in the means, and
    with ordinal variables equal thresholds and equal intercepts imply each other (not
    with Wu and Estabrook's identification, which tells them apart).

    Raises ModelError, NotAvailableError.
    """
    _require("model_type", model_type, MODEL_TYPES, NotAvailableError)
    _require("parameterization", parameterization, ("delta", "theta"))
    _require("id_cat", id_cat, IDENTIFICATIONS)
    if conditional_x and not fixed_x:
        raise ModelError(
            "conditional_x: the covariates are random (fixed_x false), and the moments cannot "
            "be those given the covariates\n  hint: leave out one of the two arguments"
        )
    equal = _classes(group_equal)
    wu = id_cat == "wu_estabrook"
    if not ordered:
        equal = equal - {"thresholds"}
    elif equal & {"intercepts", "thresholds"} and not wu:
        equal = equal | {"intercepts", "thresholds"}
    if ordered and wu and "residuals" in equal and parameterization == "delta":
        raise ModelError(
            "group_equal: residual variances of ordinal variables are no parameters of "
            "parameterization 'delta'\n  hint: parameterization='theta'"
        )
    means = groups > 1 and equal & {"intercepts", "means"}
    released = [group_partial] if isinstance(group_partial, str) else group_partial
    return Options(
        growth=model_type == "growth",
        groups=groups,
        meanstructure=bool(
            meanstructure or model_type == "growth" or ordered or conditional_x or means
        ),
        std_lv=std_lv,
        fixed_x=fixed_x,
        conditional_x=conditional_x,
        theta=parameterization == "theta",
        wu_estabrook=wu,
        ordered=ordered,
        equal=equal,
        released=frozenset("".join(str(entry).split()) for entry in released),
    )


def _require(argument: str, value: str, allowed: Sequence[str], error=ModelError) -> None:
    if value not in allowed:
        close = nearest(value, allowed)
        raise error(
            f"{argument} '{value}' is not available; allowed: {', '.join(allowed)}"
            + (f"\n  hint: did you mean '{close}'?" if close else "")
        )


def _classes(group_equal: Sequence[str] | str) -> frozenset[str]:
    names = [group_equal] if isinstance(group_equal, str) else group_equal
    wanted = frozenset(str(name).replace(".", "_") for name in names)
    for name in sorted(wanted.difference(KINDS)):
        close = nearest(name, KINDS)
        raise ModelError(
            f"group_equal: '{name}' is not a class of parameters\n  allowed: {', '.join(KINDS)}"
            + (f"\n  hint: did you mean '{close}'?" if close else "")
        )
    return wanted
