"""Numbers and lists as APA and each language write them."""

import pytest

from surveysem.report import words

EN, ZH = words.translator("en"), words.translator("zh")


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        ("0.456", {}, "0.46"),
        ("-0.456", {}, "−0.46"),
        ("0.456", {"bounded": True}, ".46"),
        ("-0.456", {"bounded": True, "digits": 1}, "−.5"),
        ("1", {"bounded": True}, "1.00"),
        ("-0.004", {}, "0.00"),  # no minus before a zero
        ("1234.5", {"digits": 0}, "1234"),
        ("", {}, "–"),
        (None, {}, "–"),
        (float("nan"), {}, "–"),
    ],
)
def test_number(value, options, text):
    assert words.number(value, **options) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.0009", "< .001"), ("0.001", "= .001"), ("0.0346", "= .035"), ("1", "= 1.000"), ("", "–")],
)
def test_p_value(value, text):
    assert words.p_value(value) == text


def test_count():
    assert words.count("12345") == "12,345"
    assert words.count(620.0) == "620"
    assert words.count("") == "–"


def test_interval():
    assert words.interval("-0.1", "0.25") == "[−0.10, 0.25]"
    assert words.interval("0.1", "0.25", 3, bounded=True) == "[.100, .250]"
    assert words.interval("", "") == "–"


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a and b", "a和b"),
        (["a", "b", "c"], "a, b, and c", "a、b和c"),
    ],
)
def test_join(names, english, chinese):
    assert words.join(names, EN) == english
    assert words.join(names, ZH) == chinese


def test_pick_a_text():
    assert words.pick({"en": "A", "zh": "甲"}, "zh") == "甲"
    assert words.pick({"*": "A"}, "zh") == "A"
    assert words.pick({"en": "A", "zh": ""}, "zh") == "A"
    assert words.pick({}, "en") == ""


def test_reasons_are_sentences_with_names():
    names = {"PP": "Policy"}.get

    def reason(text):
        return words.reason(text, EN, lambda code: names(code, code))

    assert reason("not_asked: PP, IC") == "Not asked of these respondents: Policy, IC."
    assert reason("design_waves: 2").endswith("this study has 2.")
    assert reason("direction: negative") == "Direction left open by the theory; found: negative."
    assert "(change over time)" in reason("kind_not_available: within")
    assert reason("") == ""
    assert reason("semopy failed: LinAlgError") == "semopy failed: LinAlgError"


# Codes that the stages write, from docs/results.md: each has its words.
def test_every_documented_reason_and_caution_has_words():
    from helpers import ROOT

    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    table = text.split("Reasons (`code: detail`)")[1].split("Cautions")[0]
    codes = [c.strip() for row in table.splitlines()[3:] if row.startswith("|")
             for c in row.split("|")[1].split(",")]  # fmt: skip
    assert len(codes) > 10
    for code in codes:
        detail = "positive" if code == "direction" else "path" if "kind" in code else "X"
        assert words.reason(f"{code}: {detail}", EN, str) != f"{code}: {detail}", code
    named = text.split("Cautions (separated by `;`):")[1]
    for code in ("fit", "few_cases", "listwise", "clusters_ignored", "weights_ignored",
                 "partial_invariance", "noninvariance"):  # fmt: skip
        assert code in named
        assert words.caution(code, EN)[1]
