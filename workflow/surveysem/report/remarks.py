"""Notes of the tables of dimensionality, distinctness and common method, in words."""

from collections.abc import Callable

from surveysem.report import words


def remark(note: str, _: words.Translate, name: Callable[[str], str]) -> str:
    """A note 'code: detail' as a sentence; what is not of these tables goes to words.reason."""
    code, _sep, detail = note.partition(": ")
    sentence = {
        "no_answers": _("No answers to {detail}."),
        "no_variance": _("Everyone gave the same answer to {detail}."),
        "few_answers": _("Too few respondents: {detail}."),
        "few_items": _("Too few items: {detail}."),
        "few_respondents": _("Too few respondents: {detail}."),
        "few_constructs": _("A method factor needs two constructs."),
        "perfect_correlation": _("Two items always agree: {detail}."),
        "linear_dependence": _("An item is determined by the others."),
        "not_positive_definite": _(
            "The correlations contradict each other, since too few respondents answered both of "
            "some items."
        ),
        "many_categories": _("Not ordinal: {detail}."),
        "no_df": _("More factors than the items can tell apart: {detail}."),
        "no_factor": _("No eigenvalue exceeds those of random answers."),
        "heywood": _("The communality of an item reaches one: do not interpret the solution."),
        "not_converged": _("The factors did not settle: do not interpret the solution."),
        "fewer_factors": _("So many factors do not exist: {detail}."),
        "no_marker": _("No construct of the role `marker` was asked."),
        "marker_in_model": _("The model holds the marker already."),
        "not_distinct_from_none": _("Not told apart from no method at all."),
        "equal_loadings_suffice": _("Equal loadings suffice."),
        "no_bias_found": _("No bias of the correlations found."),
        "not_compared": _("The two models could not be compared: {detail}."),
        "changed": _("Changes by more than .10."),
        "elsewhere": _("Loads more on another factor."),
        "cross_loading": _("Loads on another factor too."),
        "draws_without_value": _("Draws without a value: {detail}."),
    }.get(code)
    return sentence.format(detail=detail) if sentence else words.reason(note, _, name)


def overlap(code: str, _: words.Translate) -> str:
    """Class of the upper limit of a latent correlation."""
    return {
        "severe": _("severe"),
        "moderate": _("moderate"),
        "marginal": _("marginal"),
        "none": _("none"),
    }.get(code, code)
