"""Everything that is wrong is said in one run: no mistake hides another one."""

import pytest

from helpers import Study
from surveysem.study import check

SIDES = {"north": "North", "south": "South"}


def said(study: Study) -> list[str]:
    return check(study.folder)


def set_config(study, **changes):
    study.config = {**study.config, **changes}


def set_wave(study, k, **changes):
    config = study.config
    config["waves"][k] = {key: v for key, v in {**config["waves"][k], **changes}.items() if v}
    study.config = config


def declared(study):
    """A study that lists its groups."""
    set_config(study, respondents={"id": "who", "group": "side", "groups": SIDES, "panel": True})


def add_columns(study, name, count, value="2"):
    lines = (study.folder / name).read_text(encoding="utf-8").splitlines()
    more = [f"zz{k}" for k in range(count)]
    out = [",".join([lines[0], *more]), *(",".join([line, *[value] * count]) for line in lines[1:])]
    (study.folder / name).write_text("\n".join(out) + "\n", encoding="utf-8")


# Of each pair (place, old, new) one message holds all the words.
HYPOTHESIS = ("data/hypotheses.csv", "P2,asserted,path,TRU", "P2,asserted,path,TRY")
ANSWER = ("data/raw/t1.csv", "\nn1,north,", "\nn1,north,9")
FILE = ("config.yaml", "data/raw/t2.csv", "data/raw/t22.csv")
GROUP = ("config.yaml", "- south", "- suoth")
HIDING = {
    "instrument": (
        [("data/instrument.csv", "responses", "answers"), HYPOTHESIS, FILE, GROUP],
        ["the column 'responses' is missing", "'TRY' is unknown", "data/raw/t22.csv",
         "the group 'suoth'"],
    ),
    "items' names": (
        [("data/instrument.csv", "item,", "name,"), HYPOTHESIS, GROUP],
        ["the column 'item' is missing", "'TRY' is unknown", "the group 'suoth'"],
    ),
    "constructs": (
        [("data/constructs.csv", "role", "rolle"), ("data/instrument.csv", ",fit", ",fitt"), FILE,
         ("data/hypotheses.csv", "P1,asserted,path", "P1,asserted,pat"), GROUP],
        ["is 'role' the column 'rolle'?", "'fitt' is unknown", "data/raw/t22.csv", "'pat' is unknown",
         "the group 'suoth'"],
    ),
    "codes of constructs": (
        [("data/constructs.csv", "code", "name"), ("data/instrument.csv", ",fit", ",fitt"),
         ("data/raw/t1.csv", "\nn1,north,1,", "\nn1,north,1,9")],
        ["the column 'code' is missing", "'fitt' is unknown", "is not an answer"],
    ),
    "hypotheses": (
        [("data/hypotheses.csv", "tier", "teer"), ("data/instrument.csv", "qua1,QUA", "qua9,QUA"),
         ("data/hypotheses.csv", "TRU,LOY,+", "TRO,LOY,+")],
        ["is 'tier' the column 'teer'?", "item qua9", "'TRO' is unknown"],
    ),
    "answer scales": (
        [("config.yaml", "languages:", "responses: data/none.csv\nlanguages:"), HYPOTHESIS, FILE],
        ["data/none.csv: the file does not exist", "'TRY' is unknown", "data/raw/t22.csv"],
    ),
    "two columns of one file": (
        [("data/instrument.csv", "responses", "scales"), ("data/instrument.csv", "construct", "factor")],
        ["the columns 'construct' and 'responses' are missing"],
    ),
    "a wave": ([FILE, ANSWER, HYPOTHESIS],
               ["data/raw/t22.csv", "data/raw/t1.csv, row 3, column qua1", "'TRY' is unknown"]),
    "a wave's name": (
        [("config.yaml", "name: t2", "name: 2"), ("config.yaml", "t2.csv", "t22.csv")],
        ["waves[1].name: 2 is not a usable name", "waves[1].file: data/raw/t22.csv"],
    ),
    "a row that is torn apart": (
        [("data/instrument.csv", "Item 1 of QUA", "Item 1, of QUA"), HYPOTHESIS],
        ["data/instrument.csv, row 2: more cells", "'TRY' is unknown"],
    ),
    "an answer scale": (
        [("data/responses.csv", "fit,1,", "fit,,"), HYPOTHESIS],
        ["data/responses.csv, row 3, column code: the cell is empty", "'TRY' is unknown"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDING)
def test_no_mistake_hides_another(study, case):
    """Each is said, and nothing but these."""
    edits, words = HIDING[case]
    for edit in edits:
        study.edit(*edit)
    problems = said(study)
    for word in words:
        assert sum(word in problem for problem in problems) == 1, (word, problems)
    assert len(problems) == len(words), problems


def test_a_wave_that_is_none_leaves_the_others_their_numbers(study):
    config = study.config
    config["waves"] = ["data/raw/t1.csv", *config["waves"]]
    config["waves"][1]["without"] = ["qua0"]
    study.config = config
    problems = said(study)
    assert "write {name: w1, file: data/raw/t1.csv}" in problems[0]
    assert "config.yaml, waves[1].without: 'qua0' is not an item" in problems[1]
    assert len(problems) == 2


def test_a_misspelt_group_of_a_file_beside_other_mistakes(study):
    declared(study)
    set_wave(study, 1, set={"group": "nort"})
    study.edit("data/instrument.csv", "responses", "answers")
    problems = said(study)
    assert len(problems) == 2
    assert "config.yaml, waves[1].set.group: 'nort' is not a group of the study" in problems[1]
    assert "did you mean 'north'?" in problems[1]


def test_an_unreadable_file_raises_no_doubts_about_what_it_may_hold(study):
    """Groups and items of the other file are not said to be missing."""
    lines = (study.folder / "data/raw/t1.csv").read_text().splitlines(keepends=True)
    kept = [line for line in lines if ",south," not in line]
    (study.folder / "data/raw/t1.csv").write_text("".join(kept))
    (study.folder / "data/raw/t2.csv").write_text("")
    problems = said(study)
    assert len(problems) == 1, problems
    assert "data/raw/t2.csv: the file is empty" in problems[0]


def test_an_item_that_a_readable_file_lacks_is_said_whatever_the_others_hold(study):
    study.edit("data/instrument.csv", "qua1,QUA", "qua9,QUA")
    study.edit(*FILE)
    problems = said(study)
    assert len(problems) == 2
    assert "item qua9: no wave's file has a column" in problems[1]
    set_wave(study, 0, without=["qua9"])
    assert "qua9" not in "".join(p for p in said(study) if "row 1, column qua1" not in p)


# One message for one cause ------------------------------------------------------------


def test_many_unlisted_columns_are_one_message(study):
    add_columns(study, "data/raw/t1.csv", 12)
    problems = said(study)
    assert len(problems) == 1
    assert "data/raw/t1.csv, row 1: 12 columns look like items" in problems[0]
    every = ", ".join(f"zz{k}" for k in range(12))
    assert f"intake.ignore_columns: [{every}]" in problems[0]


def test_unlisted_columns_name_the_nearest_item(study):
    study.edit("data/instrument.csv", "qua2,QUA,Item 2 of QUA,,0,fit\n", "")
    study.edit("data/instrument.csv", "loy3,LOY,Item 3 of LOY,,1,fit\n", "")
    problems = said(study)
    assert len(problems) == 1
    assert "data/raw/t1.csv, data/raw/t2.csv, row 1: 2 columns" in problems[0]
    assert "qua2 (near 'qua" in problems[0]
    assert "loy3 (near 'loy" in problems[0]


def test_many_items_without_a_column_are_one_message(study):
    for name in ("qua1", "tru2"):
        study.edit("data/raw/t2.csv", f"{name},", f"x_{name}_x,")
    problems = said(study)
    assert len(problems) == 1
    assert "data/raw/t2.csv, row 1: 2 items have no column" in problems[0]
    assert "qua1 (is it the column 'x_qua1_x'?)" in problems[0]
    assert "waves[1].without: [qua1, tru2]" in problems[0]
    for name in ("qua1", "tru2"):
        study.edit("data/raw/t1.csv", f"{name},", "")
        lines = (study.folder / "data/raw/t1.csv").read_text().splitlines()
        lines[1:] = [line.rsplit(",", 1)[0] for line in lines[1:]]
        (study.folder / "data/raw/t1.csv").write_text("\n".join(lines) + "\n")
    problems = said(study)
    assert len(problems) == 1
    assert "no wave's file has a column for 2 items" in problems[0]


def test_a_scale_that_is_misspelt_in_every_row_is_one_message(study):
    text = (study.folder / "data/instrument.csv").read_text(encoding="utf-8")
    (study.folder / "data/instrument.csv").write_text(
        text.replace(",fit", ",fitt"), encoding="utf-8"
    )
    problems = said(study)
    assert len(problems) == 1
    assert "rows 2, 3, 4, 5, 6 and 4 more, column responses: 'fitt' is unknown" in problems[0]


def test_a_row_may_have_several_mistakes(study):
    study.edit(
        "data/instrument.csv", "qua3,QUA,Item 3 of QUA,,1,fit", "qua3,QUO,Item 3 of QUA,,2,fitt"
    )
    problems = said(study)
    assert len(problems) == 3
    assert all("data/instrument.csv, row 4" in problem for problem in problems)


def test_several_columns_for_several_items_are_one_message(study):
    study.edit("data/raw/t2.csv", "qua1,qua2", "Item 1 of QUA,Item 1 of QUA.")
    study.edit("data/raw/t2.csv", "tru1,tru2", "Item 1 of TRU,Item 1 of TRU.")
    set_wave(study, 1, without=["qua2", "tru2"])
    problems = said(study)
    assert len(problems) == 1
    assert "2 columns fit 'qua1'" in problems[0]
    assert "2 columns fit 'tru1'" in problems[0]
    assert "waves[1].columns: {qua1: 3, tru1: 6}" in problems[0]


def answers(study, name, change):
    """Write a wave's file with its cells (from row 2, column 3 on) changed."""
    head, *rows = [line.split(",") for line in (study.folder / name).read_text().splitlines()]
    table = [head, *([*row[:2], *(change(k, j, v) for j, v in enumerate(row[2:]))]
                     for k, row in enumerate(rows, 2))]  # fmt: skip
    study.write(name, table)


def test_one_value_in_many_columns_is_one_message(study):
    """An undeclared code for no answer, say."""
    answers(study, "data/raw/t1.csv", lambda k, j, v: "99" if (k + j) % 9 == 0 else v)
    problems = said(study)
    assert len(problems) == 1
    assert "'99' is not an answer to this item" in problems[0]
    assert "intake.missing_codes" in problems[0]
    assert "the same in columns qua2, qua3, tru1, tru2, tru3, loy1, loy2, loy3" in problems[0]


def test_all_wrong_values_of_a_column_are_named(study):
    words = {5: "Alway", 6: "Alway", 7: "sometimes"}
    answers(study, "data/raw/t1.csv", lambda k, j, v: words.get(k, v) if j == 0 else v)
    (problem,) = said(study)
    assert "row 5, column qua1: 'Alway' is not an answer" in problem
    assert "did you mean 'always'?" in problem
    assert "2 more in this column, also 'sometimes'" in problem


@pytest.mark.parametrize(
    ("value", "hint"),
    [("1,0", 'need options: {decimal: ","} on the wave'), ("80%", "without the percent sign: 80"),
     ("2024-01-02", "a spreadsheet turned it into a date"),
     ("從不", "a further language column of the answer scales")],
)  # fmt: skip
def test_a_wrong_value_gets_the_hint_that_it_needs(study, value, hint):
    answers(study, "data/raw/t1.csv", lambda k, j, v: value if (k, j) == (5, 0) else v)
    (problem,) = said(study)
    assert f"data/raw/t1.csv, row 5, column qua1: '{value}' is not an answer" in problem
    assert hint in problem


def test_a_second_header_is_one_row_and_not_nine_columns(study):
    answers(study, "data/raw/t1.csv", lambda k, j, v: f"Question {j}" if k == 2 else v)
    (problem,) = said(study)
    assert "data/raw/t1.csv, row 2: 9 of 9 items hold no answer here (qua1: 'Question 0'" in problem
    assert "totals" in problem


def test_a_row_of_means_does_not_hide_other_wrong_answers(study):
    answers(study, "data/raw/t1.csv", lambda k, j, v: "1.5" if k == 321 else v)
    answers(study, "data/raw/t1.csv", lambda k, j, v: "7" if (k, j) == (9, 3) else v)
    problems = said(study)
    assert len(problems) == 2
    assert "row 321: 9 of 9 items" in problems[0]
    assert "row 9, column tru1: '7'" in problems[1]


# What the files show before anything runs ---------------------------------------------


def test_free_text_named_like_an_item_is_none(study):
    """Qualtrics numbers all questions alike; the values tell an answer scale from a text."""
    lines = (study.folder / "data/raw/t1.csv").read_text().splitlines()
    texts = [f"{line},words of person {k}" for k, line in enumerate(lines[1:])]
    (study.folder / "data/raw/t1.csv").write_text("\n".join([f"{lines[0]},qua4", *texts]) + "\n")
    assert said(study) == []
    scale = [f"{line},{('Yes', 'No')[k % 2]}" for k, line in enumerate(lines[1:])]
    (study.folder / "data/raw/t1.csv").write_text("\n".join([f"{lines[0]},qua4", *scale]) + "\n")
    (problem,) = said(study)
    assert "column qua4: looks like an item" in problem


def test_answers_that_let_take_part_have_to_occur(study):
    set_config(study, respondents={**study.config["respondents"], "extra": {"part": "side"}},
               cleaning={"eligible": {"part": ["Nort"]}})  # fmt: skip
    problems = said(study)
    assert len(problems) == 2  # one a file
    assert "cleaning.eligible.part: no row of data/raw/t1.csv has 'Nort'" in problems[0]
    assert "did you mean 'north'?" in problems[0]
    set_config(study, cleaning={"eligible": {"part": ["NORTH ", "West"]}})
    assert said(study) == []


def test_a_panel_has_to_share_someone(study):
    text = (study.folder / "data/raw/t2.csv").read_text()
    head, _, body = text.partition("\n")
    renamed = "".join(f"x{line}\n" for line in body.splitlines())
    (study.folder / "data/raw/t2.csv").write_text(f"{head}\n{renamed}")
    (problem,) = said(study)
    assert "config.yaml, respondents.panel: no respondent of t2 is one of t1" in problem


def test_groups_that_differ_in_case_only_are_one_group_or_a_problem(study):
    text = (study.folder / "data/raw/t1.csv").read_text()
    (study.folder / "data/raw/t1.csv").write_text(text.replace(",north,", ",North,", 5))
    (problem,) = said(study)
    assert "the group 'north' differs from the group 'North' in its spelling only" in problem
    declared(study)
    assert said(study) == []


def test_overrides_are_held_against_the_files(study):
    study.write("data/overrides.csv", [["wave", "respondent", "row", "decision", "reason"],
                ["t1", "n999", "", "drop", "a test"], ["t2", "", "999", "keep", "a test"]])  # fmt: skip
    set_config(study, cleaning={"overrides": "data/overrides.csv"})
    problems = said(study)
    assert len(problems) == 2
    assert "data/overrides.csv, row 2: no row of the wave's file has this respondent" in problems[0]
    assert "data/overrides.csv, row 3: no row of the wave's file has the number 999" in problems[1]
