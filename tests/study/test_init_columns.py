"""Drafts: nothing is dropped unseen, and nothing that is no scale is drafted as one."""

import numpy as np
import pytest

from drafting import AGREE, answers, batch, drafted, items, reasons
from rawtables import Head, table
from surveysem.study.draft.answers import look
from surveysem.study.draft.ranks import are_ranks
from surveysem.study.draft.vocabulary import tells_answer


def permutations(n: int, k: int, seed: int = 1) -> np.ndarray:
    """Ranks 1 to k of n respondents."""
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(k) + 1 for _ in range(n)])


def words(codes: np.ndarray, steps=AGREE) -> np.ndarray:
    return np.array(steps, dtype=object)[codes - 1]


@pytest.mark.parametrize("n", [12, 40, 90, 600])
@pytest.mark.parametrize("odd", ["55", "agree?", "3,5", "-"])
def test_one_odd_answer_makes_no_other_kind_of_column(n, odd):
    codes = answers(n).astype(object)
    codes[3, 0] = odd
    found = drafted(batch("pp", codes))
    assert list(items(found)) == ["pp1", "pp2", "pp3"]
    assert f"other values: {odd} (mistakes" in items(found)["pp1"]["confirm"]
    assert [r["code"] for r in found["data/responses.csv"]] == ["1", "2", "3", "4", "5"]
    assert "1 answer(s) are on no scale" in found["text"]


def test_one_odd_answer_among_words():
    texts = words(answers(40))
    texts[5, 1] = "see below"
    found = drafted(batch("sat", texts))
    assert "other values: see below" in items(found)["sat2"]["confirm"]
    assert [r["en"] for r in found["data/responses.csv"]] == AGREE


def test_more_than_a_few_odd_answers_are_no_mistakes():
    codes = answers(40).astype(object)
    codes[:4, 0] = [40, 50, 60, 70]
    found = drafted({**batch("pp", codes)})
    assert list(items(found)) == ["pp2", "pp3"]
    assert reasons(found)["pp1"] == "numbers of a wide range"


def test_one_answer_that_widens_a_scale_is_remarked():
    """0 may be an answer that one alone gave, or a mistake: the scale has it, and its author looks."""
    codes = answers(90)
    codes[0, 1] = 0
    found = drafted(batch("pp", codes))
    assert found["data/responses.csv"][0]["code"] == "0"
    told = {name: "only one answered 0" in row["confirm"] for name, row in items(found).items()}
    assert told == {"pp1": False, "pp2": True, "pp3": False}


def test_an_item_with_few_different_answers_stays_with_its_scale():
    codes = answers(90)
    codes[:, 2] = np.minimum(codes[:, 2], 2)
    found = drafted(batch("pp", codes))
    assert [row["construct"] for row in items(found).values()] == ["PP", "PP", "PP"]


def test_an_item_with_few_different_answers_joins_one_scale_only():
    """Two scales under one stem may both have its answers."""
    three, five = np.minimum(answers(90), 3), answers(90, seed=3)
    two = np.minimum(answers(90)[:, :1], 2)
    found = drafted(batch("pp", np.hstack([five, three + 4, two])))
    names = [row["item"] for row in found["data/instrument.csv"]]
    assert sorted(names) == [f"pp{k}" for k in range(1, 8)]


def test_a_yes_or_no_question_does_not_join_a_scale_by_its_name():
    columns = batch("pp", answers(90))
    yes_or_no = {Head("pp4", "Agreed?", {"1": "Yes", "2": "No"}): ["1", "2"] * 45}
    assert "pp4" not in items(drafted({**columns, **yes_or_no}))


def test_every_column_is_listed_with_its_use_or_the_reason():
    n = 60
    boxes = np.random.default_rng(1).integers(0, 2, (n, 3))
    columns = {
        "respondent_id": range(n),
        "email": [f"p{k}@example.org" for k in range(n)],
        "submit_date": ["2024-05-01"] * n,
        **batch("pp", answers(n)),
        "sex": ["1", "2"] * (n // 2),
        **{f"uses___{k + 1}": boxes[:, k] for k in range(3)},
        "age": [18 + k for k in range(n)],
        "tools": ["R┋Python", "R", "R┋Stata┋Python"] * (n // 3),
        "languages": ["French, Dutch", "German, French, Dutch", "Dutch"] * (n // 3),
        "opinion": [f"I think, in short, that {k}" for k in range(n)],
        "town": ["A-ville", "B-ville", "C-ville"] * (n // 3),
        "nothing": [""] * n,
    }
    found = drafted(columns)
    rows = found["data/draft_columns.csv"]
    assert [r["name"] for r in rows] == list(columns)
    assert [r["column"] for r in rows] == [str(k + 1) for k in range(len(columns))]
    assert all(bool(r["used_as"]) != bool(r["reason"]) for r in rows)
    assert {r["name"]: r["used_as"] for r in rows if r["used_as"]} == {
        "respondent_id": "respondents.id",
        **{f"pp{k}": f"item pp{k} of PP" for k in (1, 2, 3)},
    }
    assert reasons(found) == {
        "email": "a contact, an address or a name",
        "submit_date": "named like a time, a place, a comment or a weight",
        "sex": "two answers: no scale",
        **{f"uses___{k}": "yes or no, or a choice of several" for k in (1, 2, 3)},
        "age": "numbers of a wide range",
        "tools": "several answers in a cell (joined by ┋)",
        "languages": "several answers in a cell (joined by ,)",
        "opinion": "many different answers: free text or a list",
        "town": "no other column has these answers",
        "nothing": "nobody answered",
    }
    said = [line for line in found["lines"] if line.startswith("  ")]
    assert sum(int(line.split()[0]) for line in said) == len(reasons(found)) == 12
    assert "12 columns are not used (data/draft_columns.csv lists each):" in found["lines"]


def test_ranks_are_no_scale():
    found = drafted({**batch("pref", permutations(60, 5)), **batch("pp", answers(60))})
    assert set(items(found)) == {"pp1", "pp2", "pp3"}
    assert set(reasons(found).values()) == {"ranks: each answer rules out the others"}


def test_ranks_beside_each_other_need_no_common_name():
    names = ["price", "quality", "service", "speed"]
    ranks = permutations(60, 4)
    columns = {name: ranks[:, k] for k, name in enumerate(names)}
    found = drafted({**columns, **batch("pp", answers(60))})
    assert set(reasons(found)) == set(names)
    assert set(items(found)) == {"pp1", "pp2", "pp3"}


def test_places_that_hold_options_are_ranks():
    """LimeSurvey's ranking: a column a place, with the options as answers; here the first three."""
    options = np.array(["salary", "freedom", "hours", "career", "team"], dtype=object)
    chosen = options[permutations(60, 5) - 1][:, :3]
    columns = {f"why[{k + 1}]": chosen[:, k] for k in range(3)}
    found = drafted({**columns, **batch("pp", answers(60))})
    assert reasons(found) == dict.fromkeys(columns, "ranks: each answer rules out the others")


def ranked(columns: dict) -> bool:
    raw = table(columns)
    return are_ranks(raw, look(raw))


def test_what_are_ranks():
    ranks = permutations(40, 4).astype(object)
    assert ranked(batch("r", ranks))
    ranks[0, 0] = ranks[0, 1]  # someone slipped
    assert ranked(batch("r", ranks))
    ranks[:20, 3] = ""  # some ranked three only
    assert ranked(batch("r", ranks))
    assert not ranked(batch("r", permutations(2, 3)))  # two rows may be chance
    assert ranked(batch("r", permutations(5, 3)))  # (3! / 3^3)^5 = 0.0005
    assert not ranked(batch("r", answers(40, 4)))
    # choices: each column has one answer of its own
    films = {f"seen{k}": [f"Film {k}", ""] * 20 for k in range(4)}
    assert not ranked(films)
    # times of one person are all different too, and no ranks
    times = {f"t{k}": [f"{10 + k}:{m:02}" for m in range(40)] for k in range(4)}
    assert not ranked(times)


def test_scales_that_differ_in_case_only_are_one():
    """One column's rare lowest answer is not 'very unfavorably' beside 'Very unfavorably'."""
    steps = ["Very unfavorably", "Somewhat unfavorably", "Neutral", "Somewhat favorably",
             "Very favorably"]  # fmt: skip
    texts = words(answers(600, 4), steps)
    texts[texts[:, 0] == steps[0], 0] = steps[1]
    texts[0, 0] = steps[0]  # one of 600 gave it
    texts[texts[:, 1] == steps[4], 1] = "very favorably"
    found = drafted({f"Rate them - film {k}": texts[:, k] for k in range(4)})
    assert len(found["data/constructs.csv"]) == 1
    assert [(r["code"], r["en"]) for r in found["data/responses.csv"]] == [
        (str(k), step) for k, step in enumerate(steps, start=1)]  # fmt: skip


def test_constructs_that_differ_in_case_only_get_names_apart():
    columns = batch("Ab", answers(60)) | batch("aB", answers(60, seed=2))
    codes = [row["code"] for row in drafted(columns)["data/constructs.csv"]]
    assert len({code.casefold() for code in codes}) == 2


def test_numbers_with_labelled_ends_are_one_scale_where_an_end_was_not_chosen():
    ends = ["1 (None at all)", "2", "3", "4", "5 (All my time)"]
    codes = answers(90, 4)
    codes[:, 1] = np.maximum(codes[:, 1], 2)
    codes[:, 2] = np.minimum(codes[:, 2], 4)
    found = drafted(batch("time", words(codes, ends)))
    assert [r["en"] for r in found["data/responses.csv"]] == ends
    assert {r["construct"] for r in items(found).values()} == {"TIME"}


def test_numbers_with_other_labels_are_other_scales():
    mine = words(answers(90, 3), ["1 - Mostly me", "2", "3", "4", "5 - Mostly others"])
    time = words(answers(90, 3, 2), ["1 - None", "2", "3", "4", "5 - All"])
    found = drafted({f"w{k}": (mine if k < 3 else time)[:, k % 3] for k in range(6)})
    assert len({r["responses"] for r in items(found).values()}) == 2


def test_codes_in_brackets_part_a_matrix_that_holds_several_scales():
    codes = answers(90, 6)
    own = [f"likert2[{name}]" for name in ("sat1", "pay1", "sat2", "pay2", "sat3", "pay3")]
    found = drafted({name: codes[:, k] for k, name in enumerate(own)})
    assert [r["code"] for r in found["data/constructs.csv"]] == ["SAT", "PAY"]
    tools = [f"Q3[SQ00{k}]" for k in range(1, 7)]
    found = drafted({name: codes[:, k] for k, name in enumerate(tools)})
    assert [r["code"] for r in found["data/constructs.csv"]] == ["Q3"]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Please select 'Strongly agree' here.", True),
        ("Tick 2 if you read this.", True),
        ("本题请选择“不同意”。", True),
        ("Select all that you agree with", False),
        ("I agree with what people select.", False),
        ("请选择您的态度", False),
    ],
)
def test_a_question_that_tells_what_to_answer_may_be_an_attention_check(question, told):
    labels = ["2", "disagree", "Strongly agree", "不同意"]
    assert tells_answer(question, labels) == told


def test_a_long_matrix_question_is_no_name_of_a_construct():
    question = "How much do you agree with each of these statements on your work?"
    codes = answers(90)
    heads = [Head(f"x{k}y", f"{question} - Statement {k}") for k in range(3)]
    (row,) = drafted({head: codes[:, k] for k, head in enumerate(heads)})["data/constructs.csv"]
    assert row["name_en"] == row["code"] == "S1"
    assert question in row["confirm"]


def test_equal_wording_is_remarked():
    codes = answers(90)
    heads = [Head("tru1", "I trust them."), Head("tru2", "i trust them"), Head("tru3", "They lie.")]
    found = items(drafted({head: codes[:, k] for k, head in enumerate(heads)}))
    assert "worded as tru1 is" in found["tru2"]["confirm"]
    assert "worded as" not in found["tru1"]["confirm"] + found["tru3"]["confirm"]


def test_rating_questions_alone_are_drafted_where_there_is_nothing_else():
    codes = answers(90)
    columns = {"How do you like it?": codes[:, 0], "town": ["A", "B", "C"] * 30,
               "How likely is it that you come again?": codes[:, 1] + codes[:, 2]}  # fmt: skip
    found = drafted(columns)
    assert len(items(found)) == len(found["data/constructs.csv"]) == 2
    assert all("one item alone" in row["confirm"] for row in found["data/constructs.csv"])


def test_labels_of_a_form_give_order_and_no_answer():
    """KoboToolbox: choices have names and, in the XLSForm, labels."""
    labels = {"sa": "Strongly agree", "a": "Agree", "n": "Neutral", "d": "Disagree",
              "sd": "Strongly disagree", "dw": "Does not wish to answer"}  # fmt: skip
    names = np.array(["sd", "d", "n", "a", "sa"], dtype=object)
    codes = names[answers(90) - 1]
    codes[0] = "dw"
    found = drafted({Head(f"tr{k}", f"Item {k}", labels): codes[:, k] for k in range(3)})
    assert [r["en"] for r in found["data/responses.csv"]] == AGREE
    assert found["config"]["intake"]["missing_codes"] == ["dw"]
