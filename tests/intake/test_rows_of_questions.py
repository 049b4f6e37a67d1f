"""Headers that hold a question's text and a row of it, as tools without codes write them."""

import numpy as np
import pandas as pd
import pytest

from surveysem.intake import dialects
from surveysem.intake.dialects.common import stems_and_rows
from surveysem.intake.raw import Column, RawTable

MARKS = ":：(（"


def normalised(*header, dialect=None):
    """Stem and label of each column of a table with these headers and one row."""
    table = RawTable(
        file="answers.csv",
        columns=tuple(Column(name, "") for name in header),
        cells=pd.DataFrame({n: pd.Categorical(["1"]) for n in range(len(header))}),
        rows=np.array([2]),
    )
    return [(c.stem, c.label) for c in dialects.normalise(table, dialect).columns]


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        (["Rate: bread", "Rate: milk"], [("Rate", "bread"), ("Rate", "milk")]),
        (["评价（面包）", "评价（牛奶）"], [("评价", "面包"), ("评价", "牛奶")]),
        # the longest beginning that is shared, be it with colons in it
        (["A: b: c", "A: b: d"], [("A: b", "c"), ("A: b", "d")]),
        (["A: b", "A: c (x)", "A: c (y)"], [("A", "b"), ("A: c", "x"), ("A: c", "y")]),
        # nothing is shared, or nothing follows, or the bracket does not end the text
        (["Rate: bread", "Buy: milk"], [("", "Rate: bread"), ("", "Buy: milk")]),
        (["Rate:", "Rate:"], [("", "Rate:"), ("", "Rate:")]),
        (["Age (years) now", "Age (months) now"], [("", "Age (years) now"), ("", "Age (months) now")]),
        (["(a)", "(b)"], [("", "(a)"), ("", "(b)")]),
    ],
)  # fmt: skip
def test_the_longest_shared_beginning_is_the_stem(texts, parts):
    assert stems_and_rows(texts, MARKS) == parts


def test_a_plain_table_with_questions_as_headers():
    found = normalised("编号", "3.您如何评价：街道", "3.您如何评价：公园", "4.年龄：岁")
    assert found == [
        ("", ""), ("3.您如何评价", "街道"), ("3.您如何评价", "公园"), ("", ""),
    ]  # fmt: skip


def test_wenjuanxing_rows_in_brackets_and_behind_colons():
    header = ("序号", "提交答卷时间", "所用时间", "来源", "5、您同意吗(清楚)", "5、您同意吗(公平)",
              "6、您同意吗:快", "6、您同意吗:好", "7、年龄(岁)")  # fmt: skip
    found = normalised(*header, dialect="wenjuanxing")
    assert found[4:] == [
        ("您同意吗", "清楚"), ("您同意吗", "公平"), ("您同意吗", "快"), ("您同意吗", "好"), ("", "年龄(岁)"),
    ]  # fmt: skip


def test_kobo_groups_before_questions_where_headers_are_labels():
    header = ("_id", "_submission_time", "The street/Is it quiet?", "The street/Is it safe?")
    assert [label for _, label in normalised(*header, dialect="kobo")][2:] == [
        "Is it quiet?", "Is it safe?",
    ]  # fmt: skip


def test_kobo_variables_are_no_labels():
    header = ("_id", "_submission_time", "home/quiet", "home/safe")
    assert [label for _, label in normalised(*header, dialect="kobo")][2:] == ["", ""]
