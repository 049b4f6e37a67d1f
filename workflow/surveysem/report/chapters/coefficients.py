"""Words for coefficients of reliability and for why there is none."""

import re
from collections.abc import Callable

from surveysem.report.words import Translate


def lead_word(statistic: str, _: Translate) -> str:
    """Short name of the coefficient that a scale is read by."""
    return {
        "omega": "ω",
        "omega_ordinal": _("ordinal ω"),
        "spearman_brown": _("Spearman-Brown"),
    }[statistic]


def statistic_word(statistic: str, _: Translate) -> str:
    """Name of a coefficient; those that programs define differently say which one they are."""
    return {
        "omega": _("ω, the model's variance"),
        "omega_observed": _("ω, the sample's variance"),
        "omega_ordinal": _("ordinal ω, the model's variance"),
        "omega_ordinal_observed": _("ordinal ω, the sample's variance"),
        "cr": _("composite reliability (standardised items)"),
        "ave": _("average variance extracted"),
        "alpha": _("Cronbach's α"),
        "alpha_std": _("α of standardised items"),
        "alpha_ordinal_latent": _("α of the latent responses ('ordinal α'), not of the score"),
        "spearman_brown": _("Spearman-Brown"),
        "mean_r": _("mean correlation of items"),
        "split_half_mean": _("split half, mean of all splits"),
        "split_half_min": _("split half, lowest"),
        "split_half_max": _("split half, highest"),
        "split_half_odd_even": _("split half, odd and even items"),
        "omega_h_sl": _("hierarchical ω (Schmid-Leiman)"),
        "omega_t_sl": _("total ω (Schmid-Leiman)"),
        "ecv_sl": _("general share of common variance (Schmid-Leiman)"),
        "omega_h_bifactor": _("hierarchical ω (bifactor, facets)"),
        "omega_t_bifactor": _("total ω (bifactor, facets)"),
        "ecv_bifactor": _("general share of common variance (bifactor, facets)"),
        "omega_h_second_order": _("hierarchical ω (second order, facets)"),
        "omega_t_second_order": _("total ω (second order, facets)"),
        "ecv_second_order": _("general share of common variance (second order, facets)"),
        "puc": _("share of item pairs of different facets"),
    }[statistic]


def method_word(method: str, _: Translate) -> str:
    """How an interval was computed."""
    return {
        "Feldt": _("Feldt"),
        "Fisher's z": _("Fisher's z"),
        "delta, logit": _("delta method, logit"),
        "delta, log(1 - alpha)": _("delta method, log(1 − α)"),
        "bootstrap, percentile": _("bootstrap, percentile"),
        "bootstrap, basic on the logit": _("bootstrap, basic on the logit"),
    }.get(method, method)


def note_word(note: str, _: Translate, name: Callable[[str], str] = str) -> str:
    """A note of the tables of reliability in the page's language.

    name: of a group or wave that a part of a comparison's note is about.
    """
    return "; ".join(_part(part, _, name) for part in note.split("; ")) if note else ""


def _part(note: str, _: Translate, name: Callable[[str], str]) -> str:
    found = _one(note, _)
    who, colon, rest = note.partition(": ")
    if found is None and colon and _one(rest, _) is not None:
        return f"{name(who)}: {_one(rest, _)}"
    return note if found is None else found


def _one(note: str, _: Translate) -> str | None:
    known = {
        r"two items: alpha .*": _("Two items: alpha is a lower bound (Eisinga et al., 2013)."),
        r"two items: right if .*": _("Two items: right if they measure equally well."),
        r"two items: a factor .*": _("Two items: a factor behind them is not identified."),
        r"one item: .*": _("One item: internal consistency cannot be computed."),
        r"probably keyed .*": _(
            "Probably keyed the wrong way round: check column `reverse` of the instrument."
        ),
        r"perhaps keyed .*": _("Negative: perhaps keyed the wrong way round."),
        r"runs against .*": _("Runs against its scale: look again once the lowest item is mended."),
        r"everyone gave the same answer to (?P<items>.*)": _(
            "Everyone gave the same answer to {items}."
        ),
        r"nobody answered (?P<items>.*)": _("Nobody answered {items}."),
        r"answers cancel out: .*": _("The answers cancel out: everyone has the same sum."),
        r"the scale does not vary .*": _(
            "The scale does not vary among the respondents in both waves."
        ),
        r"answers that go together perfectly: (?P<a>.*) and (?P<b>.*)": _(
            "The answers to {a} and {b} go together perfectly."
        ),
        r"(?P<n>\d+) complete answers: too few": _("{n} complete answers are too few."),
        r"(?P<n>\d+) respondents with an answer: too few": _(
            "{n} respondents with an answer are too few."
        ),
        r"(?P<n>\d+) respondents in both waves: too few": _(
            "{n} respondents in both waves are too few."
        ),
        r"no item that all were asked": _("No item that both were asked."),
        r"fewer than (?P<n>\d+) items: three .*": _(
            "Fewer than {n} items: three group factors are not identified."
        ),
        r"an item is a linear function of others": _("An item follows from the others."),
        r"Heywood case in the exploratory factor analysis: .* of (?P<items>.*)": _(
            "Heywood case: no unique variance of {items}; three group factors are too many."
        ),
        r"Heywood case: a group factor .*": _(
            "Heywood case: a group factor cannot be told from the general one."
        ),
        r"Heywood case: negative variance of (?P<items>.*)": _(
            "Heywood case: negative variance of {items}."
        ),
        r"unstable under resampling: .*": _("It goes with chance under resampling: no interval."),
        r"the rotation did not converge": _("The rotation did not converge."),
        r"the factor model did not converge": _("The factor model did not converge."),
        r"more than (?P<n>\d+) items: not every split is tried": _(
            "More than {n} items: not every split is tried."
        ),
        r"the (lowest|highest) of (?P<n>\d+) splits .*": _(
            "An extreme of {n} splits goes with chance: no interval."
        ),
        r"not identified: facet of two items: (?P<items>.*)": _(
            "Not identified: facets of two items ({items})."
        ),
        r"not identified: (?P<n>\d+) parts: too few": _("Not identified: {n} parts are too few."),
        r"not fitted: (?P<why>.*)": _("The model could not be fitted: {why}."),
        r"inadmissible: (?P<why>.*)": _("The solution is inadmissible: {why}."),
    }
    for pattern, text in known.items():
        found = re.fullmatch(pattern, note)
        if found:
            return text.format(**found.groupdict())
    return None
