"""Words of the report: message catalogues, names, numbers, sentences."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup, escape

LOCALE = Path(__file__).parent / "locale"
Translate = Callable[[str], str]


def translator(language: str) -> Translate:
    """Function from an English text to its translation (gettext catalogue, locale/*.po).

    A text that the catalogue lacks stays English; a test keeps the catalogues complete.
    """
    path = LOCALE / f"{language}.po"
    if not path.is_file():
        return lambda text: text
    from babel.messages.pofile import read_po

    with path.open("rb") as handle:
        catalogue = read_po(handle, locale=language)
    table = {m.id: m.string for m in catalogue if m.id and m.string}
    return lambda text: table.get(text, text)


def pick(texts: Mapping[str, str], language: str) -> str:
    """The text in a language; else the one for every language; else the first."""
    return texts.get(language) or texts.get("*") or next(iter(texts.values()), "")


def marked(text: object) -> Markup:
    """A text as HTML: escaped, and what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def number(value: str | float, digits: int = 2, *, bounded: bool = False) -> str:
    """APA number: fixed decimals, a true minus, no leading zero where |value| cannot exceed 1."""
    if value in ("", None):
        return "–"
    value = float(value)
    if value != value:
        return "–"
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        value = 0.0
    if bounded and text.startswith("0."):
        text = text[1:]
    return f"−{text}" if value < 0 else text


def percent(share: str | float, digits: int = 1) -> str:
    """A share in per cent, without the sign; a dash where there is none."""
    return number(100 * float(share), digits) if share not in ("", None) else "–"


def count(value: str | float) -> str:
    """A whole number with its thousands apart; a dash where there is none."""
    return f"{round(float(value)):,}" if value not in ("", None) else "–"


def p_value(value: str | float) -> str:
    """APA p value with its sign of relation: '< .001' or '= .034'."""
    if value in ("", None):
        return "–"
    value = float(value)
    return "< .001" if value < 0.001 else f"= {number(value, 3, bounded=True)}"


def interval(lower: str, upper: str, digits: int = 2, *, bounded: bool = False) -> str:
    """Interval in brackets, or a dash where there is none."""
    if lower in ("", None):
        return "–"
    low, high = (number(x, digits, bounded=bounded) for x in (lower, upper))
    return f"[{low}, {high}]"


def listed(names: Sequence[str], _: Translate) -> str:
    """Names one after the other, without a conjunction."""
    return _(", ").join(names)


def join(names: Sequence[str], _: Translate) -> str:
    """A list within a sentence."""
    if len(names) < 2:
        return "".join(names)
    first, last = listed(names[:-1], _), names[-1]
    sentence = _("{first} and {last}") if len(names) == 2 else _("{first}, and {last}")
    return sentence.format(first=first, last=last)


def first(entries: Sequence[str], _: Translate, most: int = 6) -> str:
    """The first entries of a list, each of which may hold commas, and how many more there are."""
    more = [_("{n} more").format(n=len(entries) - most)] if len(entries) > most else []
    return _("; ").join([*entries[:most], *more])


def verdict(word: str, _: Translate) -> str:
    """A verdict's word."""
    return {
        "supported": _("supported"),
        "opposite": _("opposite"),
        "negligible": _("negligible"),
        "undecided": _("undecided"),
        "not testable": _("not testable"),
    }[word]


def kind(word: str, _: Translate) -> str:
    """A hypothesis' kind."""
    return {
        "total": _("total association, all causes side by side"),
        "path": _("direct path"),
        "indirect": _("indirect path"),
        "within": _("change over time"),
        "contrast": _("comparison of sizes"),
        "equality": _("equality over groups"),
        "rival": _("rival model"),
    }[word]


def tier(word: str, _: Translate) -> str:
    """A hypothesis' tier."""
    return {
        "headline": _("Headline"),
        "asserted": _("Asserted by the theory"),
        "derived": _("Derived from it"),
        "exploratory": _("Exploratory"),
    }[word]


def reason(text: str, _: Translate, name: Callable[[str], str]) -> str:
    """Why a row has its verdict, in a sentence; `text` is 'code: detail' of hypotheses.csv."""
    code, _sep, detail = text.partition(":")
    detail = detail.strip()
    named = listed([name(part.strip()) for part in detail.split(",")], _) if detail else ""
    sentences = {
        "": "",
        "inadmissible": _("The model's solution is inadmissible: {detail}. Do not interpret it."),
        "not_asked": _("Not asked of these respondents: {named}."),
        "not_claimed": _("The hypothesis is not stated for: {named}."),
        "design_panel": _("Needs a panel: the same respondents asked in three waves or more."),
        "design_waves": _("Needs a panel of three waves or more; this study has {detail}."),
        "kind_not_available": _("This version does not test hypotheses of this kind yet ({kind})."),
        "not_available": _("The engine refuses: {detail}."),
        "not_fitted": _("The model could not be fitted: {detail}."),
        "not_in_model": _("The model does not hold this path. {detail}"),
        "constant": _("Left out, since a group gave one answer only: {detail}."),
        "level_before": _("Not computed, since a level before it was not reached."),
        "not_searched": _("The items could not be tested one by one: {detail}."),
        "no_data": _("No analysed respondents in this wave: {named}."),
        "keying": _(
            "These items run against the rest of their scale: {detail}. Check column `reverse`."
        ),
        "unadjusted_only": _(
            "The interval excludes zero, but not after adjusting for the family of hypotheses."
        ),
        "direction": _("Direction left open by the theory; found: {detail}."),
    }
    if code == "direction":
        detail = {"positive": _("positive"), "negative": _("negative")}.get(detail, detail)
    word = kind(detail, _) if code == "kind_not_available" else ""
    return sentences.get(code, text).format(detail=detail, named=named, kind=word)


def caution(code: str, _: Translate) -> tuple[str, str]:
    """A caution's short name, and what it changes for the reader."""
    return {
        "fit": (
            _("model fit"),
            _(
                "The model fits poorly by the customary cut-offs (CFI below .90, RMSEA above .08 "
                "or SRMR above .10): its paths summarise the data only roughly."
            ),
        ),
        "few_cases": (
            _("few cases"),
            _(
                "Fewer than five respondents for each free parameter: estimates vary more from "
                "sample to sample than their intervals say. A larger next wave would help."
            ),
        ),
        "listwise": (
            _("complete cases"),
            _(
                "Respondents with a missing answer to any item of the model are left out (more "
                "than 5 % of them): right only if they answer like the others."
            ),
        ),
        "negative_r2": (
            _("negative R²"),
            _(
                "The model explains less than nothing of a variable, as when its residual goes "
                "against its own cause: read its paths as a sign that the model is wrong."
            ),
        ),
        "other_fit": (
            _("only one of two fits"),
            _(
                "The model is fitted with paths free over the groups and with equal ones. One of the "
                "two has no admissible solution; this estimate is from the other."
            ),
        ),
        "clusters_ignored": (
            _("clusters"),
            _(
                "Respondents of the same cluster are alike; this version's standard errors do not "
                "take that into account, so intervals are somewhat too narrow."
            ),
        ),
        "weights_ignored": (
            _("weights"),
            _("The sampling weights are not used by this version: results describe the sample."),
        ),
        "partial_invariance": (
            _("partial invariance"),
            _(
                "Some items of these scales mean something else from group to group; their "
                "loadings are left free to differ."
            ),
        ),
        "noninvariance": (
            _("not invariant"),
            _(
                "A scale of this path has no equal loadings over groups: the path cannot be "
                "compared between them, and one for all of them mixes different things."
            ),
        ),
    }.get(code, (code, ""))


def rule(code: str, _: Translate) -> str:
    """A cleaning step or rule in words."""
    known = {
        "received": _("Received"),
        "no_group": _("Group not given"),
        "duplicate_id": _("Respondent already in this wave"),
        "incomplete": _("Too many answers missing"),
        "careless": _("Careless by several signs"),
        "analysed": _("Analysed"),
        "speed_per_item": _("Too fast per item"),
        "speed_of_median": _("Far faster than the group's median"),
        "longstring": _("One answer again and again"),
        "consent": _("No consent"),
        "eligibility": _("Not eligible"),
        "same_person": _("Device or contact already in this wave"),
        "identical_answers": _("Just the answers of another respondent"),
        "override": _("A researcher's decision"),
        "irv_low": _("Answers hardly vary (IRV)"),
        "item_sd_high": _("Answers differ widely within scales"),
        "even_odd": _("Even-odd consistency"),
        "synonyms": _("Psychometric synonyms"),
        "antonyms": _("Psychometric antonyms"),
        "reversed_pairs": _("Reversed items contradicted"),
        "person_total": _("Person-total correlation"),
        "mahalanobis": _("Mahalanobis distance"),
        "clean": _("Clean respondents"),
        "duplicate": _("Duplicated row"),
        "impossible_code": _("Impossible answer"),
        "inattentive": _("Inattentive, random answers"),
        "speeder": _("Random answers at great speed"),
        "straight_liner": _("One answer from top to bottom"),
        "break_off": _("Broke off early"),
        "clean_excluded": _("Clean respondents wrongly excluded"),
    }
    if code.startswith("attention_"):
        return _("Attention check {item} failed").format(item=code.removeprefix("attention_"))
    if code.startswith("self_report_"):
        return _("Says of itself to be careless ({item})").format(
            item=code.removeprefix("self_report_")
        )
    return known.get(code, code)


def family(code: str, _: Translate) -> str:
    """A family of cleaning rules."""
    return {
        "eligibility": _("eligibility (alone)"),
        "identity": _("identity (alone)"),
        "completeness": _("completeness (alone)"),
        "attention": _("attention"),
        "self_report": _("self-report"),
        "speed": _("speed"),
        "invariability": _("invariability"),
        "inconsistency": _("inconsistency"),
        "outlier": _("outlier"),
        "override": "–",
    }.get(code, code)


def silence(note: str, _: Translate) -> str:
    """Why a cleaning rule could not look at a group; `note` is 'code: found of needed'."""
    code, _sep, detail = note.partition(": ")
    found, _of, needed = detail.partition(" of ")
    return {
        "few_scales": _("{found} scales of two items or more, {needed} needed"),
        "few_pairs": _("{found} pairs of items, {needed} needed"),
        "few_items": _("{found} items, {needed} needed"),
        "few_respondents": _("{found} respondents, {needed} needed"),
        "singular": _("the covariances of the items have no inverse"),
    }.get(code, note).format(found=found, needed=needed)
