"""Raw answers to codes: what counts as an answer, as missing, as impossible."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveysem.intake.answers import (
    ANSWERED,
    DECLARED,
    INVALID,
    UNANSWERED,
    missing_codes,
    read_answer,
    reader,
    reason,
)
from surveysem.intake.codes import code_answers
from surveysem.text import normalise

CODES = (1, 2, 3, 4, 5, 10)
WORDS = {
    "Strongly disagree": 1, "Disagree": 2, "Neither": 3, "Agree": 4, "Strongly agree": 5,
    "非常不同意": 1, "不同意": 2, "一般": 3, "同意": 4, "非常同意": 5,
}  # fmt: skip
LABELS = {normalise(word): code for word, code in WORDS.items()}
MISSING = missing_codes([-9, 99.5, "Don't know", "不知道", "NA"])
FULL_WIDTH = str.maketrans({chr(k): chr(k + 0xFEE0) for k in range(0x21, 0x7F)})


def coded(*raw, missing=MISSING):
    """Codes and statuses of some answers, as lists."""
    cells = pd.Series(raw, dtype=object).astype("category")
    code, status = code_answers(cells, reader(CODES, LABELS, missing))
    return code.tolist(), status.tolist()


@pytest.mark.parametrize(
    ("raw", "code"),
    [("4", 4), ("4.0", 4), ("04", 4), ("4.", 4), (" 4\t", 4), ("10", 10), ("1e1", 10),
     ("４", 4), ("４．０", 4), ("\u30004\u3000", 4), ("\u00a04", 4), ("１０", 10)],
)  # fmt: skip
def test_numbers(raw, code):
    assert coded(raw) == ([code], [ANSWERED])


@pytest.mark.parametrize(
    ("raw", "code"),
    [("Agree", 4), ("agree", 4), ("AGREE", 4), ("Strongly  agree ", 5), ("Ａｇｒｅｅ", 4),
     ("Strongly\u3000agree", 5), ("Strongly\u00a0disagree", 1),
     ("同意", 4), ("\u3000不同意", 2), ("非常同意", 5)],
)  # fmt: skip
def test_labels_of_each_language(raw, code):
    assert coded(raw) == ([code], [ANSWERED])


@pytest.mark.parametrize("raw", ["", " ", "\t", "\u3000", "\u00a0 "])
def test_empty_cells_are_unanswered(raw):
    code, status = coded(raw)
    assert np.isnan(code[0])
    assert status == [UNANSWERED]


@pytest.mark.parametrize(
    "raw",
    ["-9", "-9.0", "－９", "99.5", "Don't know", "DON'T  KNOW", "Don\uff07t know", "不知道",
     " 不知道", "NA", "na", "ＮＡ"],
)  # fmt: skip
def test_declared_missing_codes(raw):
    code, status = coded(raw)
    assert np.isnan(code[0])
    assert status == [DECLARED]


def test_a_code_declared_missing_is_no_answer_however_it_is_written():
    _, status = coded("10", "10.0", "１０", "1", missing=missing_codes([10]))
    assert status == [DECLARED, DECLARED, DECLARED, ANSWERED]
    _, status = coded("10", "10.0", missing=missing_codes(["10"]))
    assert status == [DECLARED, DECLARED]


def test_nan_can_be_declared():
    assert coded("nan", "NaN", missing=missing_codes(["nan"]))[1] == [DECLARED, DECLARED]


@pytest.mark.parametrize(
    "raw",
    ["0", "6", "-1", "4.5", "55", "four", "nan", "inf", "-inf", "1_0", "4,0", "4 5", "--", "?",
     "Agre", "９", "9", "99"],
)  # fmt: skip
def test_anything_else_is_invalid(raw):
    code, status = coded(raw)
    assert np.isnan(code[0])
    assert status == [INVALID]


def test_rows_keep_their_places():
    code, status = coded("4", "x", "", "4")
    np.testing.assert_array_equal(code, [4, np.nan, np.nan, 4])
    assert status == [ANSWERED, INVALID, UNANSWERED, ANSWERED]


def test_no_rows_no_answers():
    assert coded() == ([], [])


@pytest.mark.parametrize(
    ("raw", "code"),
    [("5 - Strongly agree", 5), ("5. 非常同意", 5), ("5、非常同意", 5), ("5：非常同意", 5),
     ("(5) strongly agree", 5), ("[4] Agree", 4), ("Strongly agree (5)", 5), ("非常同意（5分）", 5),
     ("5分", 5), ("5.", 5), ("(5)", 5), ("A. Agree", 4), ("b、同意", 4), ("5–Strongly agree", 5)],
)  # fmt: skip
def test_a_number_beside_a_label(raw, code):
    assert coded(raw) == ([code], [ANSWERED])


@pytest.mark.parametrize(
    "raw", ["1 - Strongly agree", "5. 同意", "Agree (5)", "5 - Perhaps", "5-", "5 4"]
)
def test_a_number_that_contradicts_the_label_beside_it_is_invalid(raw):
    assert coded(raw)[1] == [INVALID]


def test_the_files_own_labels_count_before_its_numbers():
    """A file that numbers the answers the other way round is read by its labels."""
    by = reader(CODES, LABELS, (), {"1": "Strongly agree", "2": "Agree", "4": "Disagree",
                                    "5": "Strongly Disagree", "3": "Not sure"})  # fmt: skip
    assert [read_answer(v, by)[0] for v in "1245"] == [5, 4, 2, 1]
    assert read_answer("3", by)[1] == INVALID  # its label is unknown, its number no code
    assert read_answer("3.0", by)[1] == INVALID


def test_labels_that_the_instrument_lacks_leave_the_numbers():
    by = reader(CODES, LABELS, (), {"1": "Trifft nicht zu", "5": "Trifft zu"})
    assert [read_answer(v, by) for v in "15"] == [(1, ANSWERED), (5, ANSWERED)]


def test_what_the_file_declares_missing_keeps_its_reason():
    by = reader(CODES, LABELS, MISSING, {"-8": "Not applicable", "6": "Don't know"}, {"-8": "user"})
    assert read_answer("-8", by)[1] == read_answer("6", by)[1] == DECLARED
    assert (reason("-8", by), reason("6", by), reason("-9", by)) == ("user", "Don't know", "-9")


def test_missing_codes_are_numbers_and_texts():
    assert set(missing_codes([-9, "Refused", "８８"])) == {"-9", -9.0, "refused", "88", 88.0}


@given(
    st.sampled_from(CODES),
    st.sampled_from(["{}", "{}.0", "{}.00", "0{}", "+{}"]),
    st.booleans(),
    st.text(" \t\u3000\u00a0", max_size=3),
    st.text(" \t\u3000\u00a0", max_size=3),
)
def test_a_code_is_read_however_it_is_typed(code, way, wide, before, after):
    typed = way.format(code)
    typed = typed.translate(FULL_WIDTH) if wide else typed
    assert coded(before + typed + after) == ([code], [ANSWERED])


@given(st.lists(st.one_of(st.text(max_size=6), st.sampled_from([*WORDS, "-9", "4", "77", ""]))))
def test_every_answer_gets_one_status_and_a_code_only_if_answered(raw):
    codes, statuses = coded(*raw)
    assert len(codes) == len(statuses) == len(raw)
    for text, code, status in zip(raw, codes, statuses, strict=True):
        assert status in (ANSWERED, UNANSWERED, DECLARED, INVALID)
        assert (status == UNANSWERED) == (not normalise(text))
        assert np.isnan(code) if status != ANSWERED else code in CODES
