"""A researcher's decisions about single respondents: read, applied, logged, hashed."""

import pytest
import yaml
from answers import ITEM, NAN, SETTINGS, analysed, table

from surveysem.cleaning.overrides import OverrideError
from surveysem.cleaning.wave import clean_wave
from surveysem.study import StudyError, load, plans

FINE, FLAGGED = [1, 2, 3, 4], [3, 3, 3, 3]
FILE = "data/overrides.csv"


def entry(decision, respondent="", row=0, line=2, reason="seen by phone"):
    return {"line": line, "respondent": respondent, "row": row, "decision": decision,
            "reason": reason}  # fmt: skip


def cleaned(answers, entries, **columns):
    frame = table(answers, **columns)
    items = {f"q{k}": ITEM for k in range(1, 5)}
    settings = SETTINGS | {"overrides": FILE, "exclude_when": 1}
    return clean_wave(frame, wave="t", items=items, settings=settings, overrides=entries)


def test_a_respondent_who_was_flagged_can_be_kept():
    result = cleaned([FINE, FLAGGED], [entry("keep", "id1")])
    assert result["fates"].loc[1, ["fate", "first_rule", "rules", "reason"]].tolist() == [
        "analysed", "", "longstring;override", "seen by phone",
    ]  # fmt: skip
    last = result["decisions"].iloc[-1]
    assert last[["rule", "value", "action", "reason"]].tolist() == [
        "override", "keep", "keep", "seen by phone",
    ]  # fmt: skip
    assert analysed(result) == [2, 3]


def test_a_respondent_who_was_fine_can_be_dropped():
    result = cleaned([FINE, FINE], [entry("drop", row=3)])
    assert result["fates"].loc[1, ["fate", "first_rule", "rules"]].tolist() == [
        "excluded", "override", "override",
    ]  # fmt: skip
    flow = result["flow"].set_index("step")["n_out"]
    assert flow["careless"] == 2
    assert flow["override"] == flow["analysed"] == 1


def test_the_rule_that_excludes_anyway_stays_the_first():
    fates = cleaned([FINE, [NAN] * 4], [entry("drop", "id1")])["fates"]
    assert fates.loc[1, ["first_rule", "rules"]].tolist() == ["incomplete", "incomplete;override"]


def test_all_rows_of_a_respondent_are_dropped():
    result = cleaned([FINE, FINE, FINE], [entry("drop", "x")], respondent=["x", "y", "x"])
    assert analysed(result) == [3]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([entry("drop", "nobody", line=5)], "data/overrides.csv, row 5: no row of the wave's file"),
        ([entry("keep", row=99)], "row 2: no row of the wave's file has the number 99"),
        ([entry("keep", "x")], "row 2: this respondent has rows 2, 4"),
        ([entry("drop", "y"), entry("keep", row=3, line=7)], "row 7: row 2 decides about this row"),
        ([entry("keep", row=4)], "rows 2, 4 of one respondent would all be analysed"),
    ],
)
def test_overrides_that_cannot_be_followed(entries, words):
    with pytest.raises(OverrideError, match=words):
        cleaned([FINE, FINE, FINE], entries, respondent=["x", "y", "x"])


def test_a_row_number_that_several_files_have_is_refused():
    with pytest.raises(OverrideError, match="2 files of the wave have a row 2"):
        cleaned([FINE, FINE], [entry("drop", row=2)], row=[2, 2], file=["a.csv", "b.csv"])


def test_rows_of_several_files_are_counted_apart():
    result = cleaned([FLAGGED, FLAGGED], [], row=[2, 2], file=["a.csv", "b.csv"])
    assert result["fates"]["file"].tolist() == ["a.csv", "b.csv"]
    assert result["rules"].set_index("rule")["fired"]["longstring"] == 2


def test_one_of_two_rows_can_be_exchanged_for_the_other():
    entries = [entry("drop", row=2), entry("keep", row=4, line=3)]
    result = cleaned([FINE, FINE, FINE], entries, respondent=["x", "y", "x"])
    assert analysed(result) == [3, 4]


# The file -----------------------------------------------------------------------------------


def with_file(study, text):
    (study.folder / FILE).write_text(text, encoding="utf-8")
    study.config = study.config | {"cleaning": {"overrides": FILE}}
    return load(yaml.safe_load((study.folder / "config.yaml").read_text()), study.folder)


def test_plans_hold_hashed_ids_of_their_own_wave(study):
    header = "wave,respondent,row,decision,reason"
    loaded = with_file(study, f"{header}\nt2,n3,,drop,twice\nt1,,5,keep,ok\n")
    one = plans.cleaning(loaded, loaded.waves["t1"])["overrides"]
    two = plans.cleaning(loaded, loaded.waves["t2"])["overrides"]
    assert one == [entry("keep", row=5, line=3, reason="ok")]
    assert [e["line"] for e in two] == [2]
    assert two[0]["respondent"]
    assert "n3" not in str(two)


def test_a_file_with_a_header_alone_decides_nothing(study):
    assert with_file(study, "wave,respondent,decision,reason\n").overrides == ()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("t9,n3,,drop,why", "row 2, column wave: 't9' is unknown"),
        (
            "t1,n3,,dorp,why",
            r"row 2, column decision: 'dorp' is unknown\n.*\n.*did you mean 'drop'",
        ),
        ("t1,n3,,drop,", "row 2, column reason: the cell is empty"),
        ("t1,n3,4,drop,why", "row 2: both respondent and row are given"),
        ("t1,,,drop,why", "row 2: neither respondent nor row is given"),
        ("t1,,four,drop,why", "row 2, column row: 'four' is not a whole number"),
    ],
)
def test_a_mistake_in_the_file_names_file_and_row(study, row, words):
    with pytest.raises(StudyError, match=f"{FILE}, {words}"):
        with_file(study, f"wave,respondent,row,decision,reason\n{row}\n")


def test_a_file_that_does_not_exist(study):
    study.config = study.config | {"cleaning": {"overrides": "data/none.csv"}}
    with pytest.raises(StudyError, match=r"data/none.csv: the file does not exist"):
        load(study.config, study.folder)
