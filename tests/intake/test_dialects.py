"""Exports as the tools write them, in small: each test's rows carry one tool's quirks."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveysem.errors import SurveySemError
from surveysem.intake import dialects
from surveysem.intake.dialects import DIALECTS, DialectError, times, xlsform
from surveysem.intake.dialects.common import column_of, shared_stem
from surveysem.intake.raw import Column, RawTable


def table(header, *rows, labels=None):
    """What a reader makes of a header and rows of text."""
    labels = labels or [""] * len(header)
    cells = {n: pd.Categorical([row[n] for row in rows]) for n in range(len(header))}
    return RawTable(
        file="answers.csv",
        columns=tuple(Column(name, label) for name, label in zip(header, labels, strict=True)),
        cells=pd.DataFrame(cells, index=range(len(rows))),
        rows=np.arange(2, len(rows) + 2),
    )


def read(raw):
    """Recognised and normalised."""
    return dialects.recognise(raw)[0], dialects.normalise(raw)


def cells(done, role):
    return done.cells[done.roles[role]].tolist()


def labels(done):
    return {column.name: column.label for column in done.columns}


def stems(done):
    return {column.name: column.stem for column in done.columns if column.stem}


def finding(done, kind):
    return next((words for what, words in done.findings if what == kind), "")


QUALTRICS = {
    "StartDate": ("Anfangsdatum", "startDate", "2024-05-01 09:00:00"),
    "EndDate": ("Enddatum", "endDate", "2024-05-01 09:02:10"),
    "Status": ("Antworttyp", "status", "0"),
    "IPAddress": ("IP-Adresse", "ipAddress", "192.0.2.7"),
    "Duration (in seconds)": ("Dauer (in Sekunden)", "duration", "130"),
    "Finished": ("Beendet", "finished", "1"),
    "RecordedDate": ("Erfassungsdatum", "recordedDate", "2024-05-01 09:02:11"),
    "ResponseId": ("Antwort-ID", "_recordId", "R_1a2B3c4D5e6F7g8"),
    "UserLanguage": ("Benutzersprache", "userLanguage", "DE"),
    "Q1": ("Which way do you travel? - Selected Choice", "QID1", "3"),
    "Q1_5_TEXT": ("Which way do you travel? - Other - Text", "QID1_5_TEXT", ""),
    "Q2_1": ("How do you see\nyour street? - Quiet at night", "QID2_1", "4"),
    "Q2_2": ("How do you see\nyour street? - Well-kept", "QID2_2", "-99"),
    "Q3": ("Your age - in years", "QID3_TEXT", "41"),
}


def qualtrics(*more, ids=True, texts=True):
    """A Qualtrics export of one response, with `more` columns replaced in further ones."""
    head = list(QUALTRICS)
    rows = [[QUALTRICS[name][2] for name in head]]
    rows += [[other.get(name, QUALTRICS[name][2]) for name in head] for other in more]
    above = [[QUALTRICS[name][0] for name in head]] if texts else []
    json = [[f'{{"ImportId":"{QUALTRICS[name][1]}"}}' for name in head]] if ids else []
    return table(head, *above, *json, *rows)


class TestQualtrics:
    def test_three_header_rows_go_and_row_numbers_stay(self):
        name, done = read(qualtrics({"ResponseId": "R_2b3C4d5E6f7G8h9"}))
        assert name == "qualtrics"
        assert finding(done, "dialect") == "qualtrics: three header rows, ImportId in row 3"
        assert done.rows.tolist() == [4, 5]
        assert cells(done, "id") == ["R_1a2B3c4D5e6F7g8", "R_2b3C4d5E6f7G8h9"]
        assert cells(done, "duration") == ["130", "130"]
        assert cells(done, "started")[0] == "2024-05-01T09:00:00"
        assert cells(done, "submitted")[0] == "2024-05-01T09:02:11"
        assert cells(done, "finished") == ["1", "1"]
        assert cells(done, "language") == ["DE", "DE"]

    def test_headers_of_another_language_are_told_by_import_id(self):
        raw = qualtrics()
        german = tuple(
            Column(QUALTRICS[c.name][0] if not c.name.startswith("Q") else c.name)
            for c in raw.columns
        )
        raw = RawTable(raw.file, german, raw.cells, raw.rows)
        name, done = read(raw)
        assert name == "qualtrics"
        assert done.columns[done.roles["id"]].name == "Antwort-ID"
        assert cells(done, "duration") == ["130"]

    def test_question_texts_are_split_where_columns_share_a_stem(self):
        _, done = read(qualtrics())
        assert labels(done)["Q2_1"] == "Quiet at night"
        assert labels(done)["Q2_2"] == "Well-kept"
        assert stems(done)["Q2_1"] == "How do you see your street?"
        assert labels(done)["Q1"] == "Which way do you travel?"
        assert labels(done)["Q1_5_TEXT"] == "Other - Text"
        assert labels(done)["Q3"] == "Your age - in years"

    def test_seen_but_not_answered_is_declared(self):
        _, done = read(qualtrics())
        declared = {c.name: dict(c.missing) for c in done.columns if c.missing}
        assert declared == {"Q2_2": {"-99": "seen but not answered"}}

    @pytest.mark.parametrize("status", ["1", "Survey Preview"])
    def test_previews_stay_rows_and_are_counted(self, status):
        _, done = read(qualtrics({"Status": status}))
        assert len(done.rows) == 2
        assert finding(done, "preview rows") == f"1 row with status {status}: 5"

    def test_texts_for_choices(self):
        _, done = read(qualtrics({"Finished": "False"}, {"Finished": "Falsch"}))
        assert cells(done, "finished") == ["1", "0", "0"]

    def test_two_header_rows_of_a_spreadsheet(self):
        name, done = read(qualtrics(ids=False))
        assert (name, done.rows.tolist()) == ("qualtrics", [3])
        assert labels(done)["Q2_1"] == "Quiet at night"

    def test_one_header_row_after_a_trim(self):
        name, done = read(qualtrics(ids=False, texts=False))
        assert (name, done.rows.tolist()) == ("qualtrics", [2])
        assert cells(done, "duration") == ["130"]

    def test_older_export_names_its_columns_in_the_second_row(self):
        raw = table(
            ["V1", "V3", "V7", "V8", "V9", "V10", "QA_1", "QA_2"],
            [
                "ResponseID",
                "Name",
                "Status",
                "StartDate",
                "EndDate",
                "Finished",
                "Rate each-Bread",
                "Rate each-Milk",
            ],
            [
                "R_1a2B3c4D5e6F7g8",
                "",
                "0",
                "2014-05-01 09:00:00",
                "2014-05-01 09:01:00",
                "1",
                "2",
                "",
            ],
        )
        name, done = read(raw)
        assert name == "qualtrics"
        assert cells(done, "id") == ["R_1a2B3c4D5e6F7g8"]
        assert cells(done, "duration") == ["60"]
        assert labels(done)["QA_2"] == "Milk"

    def test_import_ids_with_other_quotes_after_a_re_save(self):
        raw = table(
            ["ResponseID", "Finished", "Q1"],
            ["ResponseID", "Finished", "How?"],
            ["{'ImportId': 'responseId'}", "{'ImportId': 'finished'}", "{'ImportId': 'QID1'}"],
            ["R_1a2B3c4D5e6F7g8", "1", "2"],
        )
        assert read(raw)[1].rows.tolist() == [4]

    def test_statistics_file_keeps_its_value_labels(self):
        names = ["StartDate", "EndDate", "Finished", "Duration__in_seconds_", "ResponseId", "Q1"]
        raw = table(names, ["2024-05-01 09:00:00", "2024-05-01 09:02:10", "1", "130", "R_1", "4"])
        columns = (*raw.columns[:-1], Column("Q1", "How is it?", {"4": "Good"}))
        name, done = read(RawTable("a.sav", columns, raw.cells, raw.rows))
        assert name == "qualtrics"
        assert cells(done, "duration") == ["130"]
        assert done.columns[5].values == {"4": "Good"}


LIME = ["id", "submitdate", "lastpage", "startlanguage", "startdate", "datestamp", "interviewtime"]


class TestLimeSurvey:
    def test_codes_as_headers(self):
        name, done = read(
            table(
                [*LIME, "Q1", "Q2[SQ001]", "Q2[other]"],
                [
                    "1",
                    "2024-05-01 09:03:00",
                    "4",
                    "de",
                    "2024-05-01 09:00:00",
                    "2024-05-01 09:03:00",
                    "180.25",
                    "A2",
                    "A1",
                    "",
                ],
                [
                    "2",
                    "",
                    "2",
                    "en",
                    "2024-05-01 10:00:00",
                    "2024-05-01 10:01:00",
                    "41",
                    "A1",
                    "",
                    "",
                ],
            )
        )
        assert name == "limesurvey"
        assert cells(done, "finished") == ["1", "0"]
        assert cells(done, "duration") == ["180.25", "41"]
        assert cells(done, "submitted") == ["2024-05-01T09:03:00", ""]
        assert cells(done, "language") == ["de", "en"]

    def test_code_and_text_with_an_index_column_and_marks_inside_answers(self):
        name, done = read(
            table(
                [
                    "",
                    "job1. What is your post?",
                    "use0[a]. [I write code]",
                    "use0[b]. [I test code]",
                    "src[SQ001]. Who pays? []",
                    "fld[1]. Your fields [Law]",
                    "fld[2]. Your fields [C#]",
                ],
                ["0", "Head", "\ufeff1 (never)", "2", "x", "Yes", "No"],
            )
        )
        assert name == "limesurvey"
        assert [c.name for c in done.columns[:3]] == ["", "job1", "use0[a]"]
        assert labels(done)["use0[a]"] == "I write code"
        assert labels(done)["src[SQ001]"] == "Who pays?"
        assert (labels(done)["fld[2]"], stems(done)["fld[2]"]) == ("C#", "Your fields")
        assert done.cells[2].tolist() == ["1 (never)"]
        assert finding(done, "invisible characters") == "removed from the cells of 1 column"

    def test_texts_as_headers(self):
        header = ["Response ID", "Date submitted", "Last page", "Start language"]
        name, done = read(
            table(
                [*header, "Rate these [Bread]", "Rate these [Milk]", "Your town [or village]"],
                ["7", "2024-05-01 09:03:00", "4", "en", "Good", "N/A", "Bern"],
            )
        )
        assert name == "limesurvey"
        assert cells(done, "id") == ["7"]
        assert labels(done)["Rate these [Milk]"] == "Milk"
        assert done.columns[5].missing == {"N/A": "not shown"}
        assert stems(done).keys() == {"Rate these [Bread]", "Rate these [Milk]"}

    def test_anonymous_survey_has_no_time(self):
        _, done = read(table([*LIME[:4], "Q1"], ["1", "1980-01-01 00:00:00", "4", "de", "A1"]))
        assert cells(done, "submitted") == [""]
        assert cells(done, "finished") == ["1"]


class TestKobo:
    HEADER = ("start", "end", "home/rooms", "home/water", "home/water/well", "home/water/tap")

    def test_variables_by_the_last_part_of_their_path(self):
        name, done = read(
            table(
                [*self.HEADER, "head/rooms", "a/b/trust_1", "_id", "_uuid", "_submission_time"],
                [
                    "2024-05-01T09:00:00.000+08:00",
                    "2024-05-01T09:04:30.500+08:00",
                    "3",
                    "well tap",
                    "1",
                    "1",
                    "2",
                    "4",
                    "77",
                    "8c1f",
                    "2024-05-01T01:10:00",
                ],
            )
        )
        assert name == "kobo"
        names = [column.name for column in done.columns]
        assert names[2:8] == [
            "home/rooms",
            "water",
            "water/well",
            "water/tap",
            "head/rooms",
            "trust_1",
        ]
        assert cells(done, "id") == ["77"]
        assert cells(done, "duration") == ["270.5"]
        assert cells(done, "submitted") == ["2024-05-01T01:10:00"]

    def test_central_joins_by_hyphens(self):
        name, done = read(
            table(
                ["SubmissionDate", "home-rooms", "home-water", "meta-instanceID", "KEY"],
                ["2024-05-01T01:10:00.000Z", "3", "tap", "uuid:1", "uuid:1"],
            )
        )
        assert name == "kobo"
        assert [c.name for c in done.columns][1:3] == ["rooms", "water"]

    def test_choices_called_by_numbers_keep_their_question(self):
        raw = table(
            ["_id", "_submission_time", "g/q/1", "g/q/2", "g/r/1"],
            ["1", "2024-05-01T01:10:00", "1", "0", "1"],
        )
        assert [c.name for c in read(raw)[1].columns][2:] == ["q/1", "q/2", "r/1"]


@pytest.fixture
def form(tmp_path):
    """An XLSForm in two languages."""
    book = openpyxl.Workbook()
    book.active.title = "survey"
    for row in (
        ["type", "name", "label::English (en)", "label::中文 (zh)"],
        ["start", "start", "", ""],
        ["begin_group", "home", "Home", "家"],
        ["integer", "rooms", "How many rooms?", "几个房间？"],
        ["select_one Agree", "trust", "I trust my neighbours", "我信任邻居"],
        ["select_multiple water", "water", "Where is your water from?", "水从哪里来？"],
        ["end_group", "", "", ""],
        ["begin_group", "head", "Head", "户主"],
        ["text", "rooms", "Rooms of the head", "户主的房间"],
        ["end_group", "", "", ""],
    ):
        book.active.append(row)
    sheet = book.create_sheet("choices")
    for row in (
        ["list_name", "name", "label::English (en)", "label::中文 (zh)"],
        ["Agree", 1, "No", "不"],
        ["Agree", 2, "Yes", "是"],
        ["water", "well", "A well", "井"],
        ["water", "tap", "A tap", "自来水"],
    ):
        sheet.append(row)
    book.create_sheet("settings").append(["default_language"])
    book["settings"].append(["中文 (zh)"])
    book.save(tmp_path / "form.xlsx")
    return xlsform.read(tmp_path / "form.xlsx", "form.xlsx")


class TestXlsForm:
    RAW = ("home/rooms", "home/trust", "home/water", "home/water/tap", "head/rooms", "_id")

    def test_labels_and_choices_by_path(self, form):
        raw = table(self.RAW, ["3", "2", "tap", "1", "2", "9"])
        done = dialects.normalise(xlsform.add_labels(raw, form, "en"), "kobo")
        assert [c.label for c in done.columns] == [
            "How many rooms?",
            "I trust my neighbours",
            "Where is your water from?",
            "A tap",
            "Rooms of the head",
            "",
        ]
        assert done.columns[1].values == {"1": "No", "2": "Yes"}
        assert done.columns[2].values == {}
        assert done.columns[3].stem == "Where is your water from?"
        assert finding(done, "xlsform") == "form.xlsx: 5 columns labelled; not in the form: _id"

    def test_after_normalising_too(self, form):
        raw = table(self.RAW, ["3", "2", "tap", "1", "2", "9"])
        done = xlsform.add_labels(dialects.normalise(raw, "kobo"), form)
        assert [c.label for c in done.columns][:3] == ["几个房间？", "我信任邻居", "水从哪里来？"]

    def test_labels_for_headers(self, form):
        raw = table(["家/我信任邻居", "Where is your water from?/A tap"], ["是", "1"])
        done = xlsform.add_labels(raw, form, "en")
        assert [c.name for c in done.columns] == ["trust", "water/tap"]
        assert done.columns[0].label == "I trust my neighbours"

    def test_a_language_it_lacks(self, form):
        with pytest.raises(xlsform.XlsFormError, match=r"no labels in language 'fr'.*\n.*中文"):
            xlsform.add_labels(table(["rooms"]), form, "fr")

    @pytest.mark.parametrize("content", [b"", b"name,label\n", b"PK\x03\x04 no zip"])
    def test_no_workbook(self, tmp_path, content):
        (tmp_path / "form.xlsx").write_bytes(content)
        with pytest.raises(xlsform.XlsFormError, match=r"form.xlsx: cannot be read as a workbook"):
            xlsform.read(tmp_path / "form.xlsx", "form.xlsx")

    def test_a_workbook_without_questions(self, tmp_path):
        openpyxl.Workbook().save(tmp_path / "other.xlsx")
        with pytest.raises(xlsform.XlsFormError, match="no sheet 'survey'"):
            xlsform.read(tmp_path / "other.xlsx", "other.xlsx")


class TestRedcap:
    RAW = ("record_id", "redcap_event_name", "survey_timestamp", "eat___1", "eat___2", "q1")

    def test_raw_export(self):
        name, done = read(
            table(
                [*self.RAW, "survey_complete", "visit_complete"],
                ["1", "start_arm_1", "2024-05-01 09:00:00", "1", "0", "4", "2", ""],
                ["1", "end_arm_1", "[not completed]", "", "", "", "0", "2"],
                ["2", "start_arm_1", "", "", "", "", "", ""],
            )
        )
        assert name == "redcap"
        assert cells(done, "id") == ["1", "1", "2"]
        assert cells(done, "finished") == ["1", "0", ""]
        assert cells(done, "submitted") == ["2024-05-01T09:00:00", "", ""]
        assert finding(done, "events") == (
            "redcap_event_name: end_arm_1 (1), start_arm_1 (2); `where` on a wave chooses"
        )

    def test_label_export(self):
        name, done = read(
            table(
                [
                    "Record ID",
                    "Event Name",
                    "Meals (choice=Lunch)",
                    "Meals (choice=Dinner)",
                    "Complete?",
                    "Complete?",
                ],
                ["1", "Start", "Checked", "Unchecked", "Complete", "Unverified"],
            )
        )
        assert name == "redcap"
        assert cells(done, "finished") == ["0"]
        assert labels(done)["Meals (choice=Dinner)"] == "Dinner"
        assert stems(done)["Meals (choice=Dinner)"] == "Meals"


class TestGoogleForms:
    @pytest.mark.parametrize("first", ["Timestamp", "Marca temporal", "时间戳记", "Horodateur"])
    def test_question_texts_and_grids(self, first):
        name, done = read(
            table(
                [
                    first,
                    "Where do you live now?",
                    "Rate each of these [Bread]",
                    "Rate each of these [Milk]",
                    "Why do you say so [in brief]",
                    "Where do you live now?",
                ],
                ["12/13/2024 9:02:32", "Bern", "Good", "Bad", "", "Zug"],
                ["1/9/2025 21:30:01", "Bern, Zug", "Bad", "Bad", "", "Zug"],
            )
        )
        assert name == "google_forms"
        assert cells(done, "submitted") == ["2024-12-13T09:02:32", "2025-01-09T21:30:01"]
        assert labels(done)["Rate each of these [Milk]"] == "Milk"
        assert "Why do you say so [in brief]" not in stems(done)
        # Neither of two equal texts is taken for the one that is meant.
        assert [c.name for c in done.columns].count("Where do you live now?") == 2
        assert finding(done, "repeated names").endswith("columns: Where do you live now?")

    def test_a_first_column_alone_is_not_enough(self):
        raw = table(["Timestamp", "a", "b"], ["17", "1", "2"])
        assert dialects.recognise(raw)[0] == "plain"


class TestSurveyMonkey:
    HEADER = ("Respondent ID", "Collector ID", "Start Date", "End Date", "Which?", "", "Age")

    def test_two_header_rows(self):
        name, done = read(
            table(
                [*self.HEADER, "How now?", ""],
                ["", "", "", "", "Bread", "Milk", "Response", "Response", "Other (please specify)"],
                [
                    "118",
                    "4",
                    "05/13/2024 09:12:33 AM",
                    "05/13/2024 01:02:03 PM",
                    "Bread",
                    "",
                    "18-29",
                    "Well",
                    "",
                ],
            )
        )
        assert (name, done.rows.tolist()) == ("surveymonkey", [3])
        assert [c.name for c in done.columns][4:] == [
            "Which? - Bread",
            "Which? - Milk",
            "Age",
            "How now?",
            "How now? - Other (please specify)",
            "(duration)",
        ]
        assert stems(done)["Which? - Milk"] == "Which?"
        assert cells(done, "duration") == ["13770"]
        assert cells(done, "submitted") == ["2024-05-13T13:02:03"]

    def test_without_its_second_row(self):
        row = ["118", "4", "2024-05-13 09:12:33", "2024-05-13 09:13:33", "Bread", "", "18-29"]
        name, done = read(table(self.HEADER, row))
        assert (name, done.rows.tolist()) == ("surveymonkey", [2])
        assert cells(done, "duration") == ["60"]


WENJUANXING = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分"]
SENT = ["1", "2024/5/3 9:02:05", "3分20秒", "微信", "N/A", "192.0.2.7(北京-北京)", "12"]


class TestWenjuanxing:
    def test_texts(self):
        name, done = read(
            table(
                [
                    *WENJUANXING,
                    "1、您的性别：",
                    "2.您用过哪些服务？",
                    "5、您同意吗——请选择—我信任邻居",
                    "5、街道安全",
                ],
                [*SENT, "男", "公交┋地铁", "非常同意", "(跳过)"],
                [*SENT[:2], "179秒", *SENT[3:], "女", "(空)", "5", "不同意"],
            )
        )
        assert name == "wenjuanxing"
        assert cells(done, "duration") == ["200", "179"]
        assert cells(done, "submitted") == ["2024-05-03T09:02:05"] * 2
        assert labels(done)["2.您用过哪些服务？"] == "您用过哪些服务？"
        assert labels(done)["5、街道安全"] == "街道安全"
        assert stems(done) == {
            "5、您同意吗——请选择—我信任邻居": "您同意吗——请选择",
            "5、街道安全": "您同意吗——请选择",
        }
        assert done.columns[10].missing == {"(跳过)": "skipped by the questionnaire"}
        assert done.columns[8].missing == {"(空)": "left empty"}

    def test_numbers(self):
        _, done = read(
            table(
                [*WENJUANXING, "1、您的性别：", "2、(公交)", "2、(地铁)", "第3题(我信任邻居)"],
                [*SENT[:2], "179", *SENT[3:], "1", "1", "0", "-3"],
            )
        )
        assert done.columns[done.roles["duration"]].name == "所用时间"
        assert done.columns[8].label == "公交"
        assert done.columns[10].label == "我信任邻居"
        assert done.columns[10].missing == {"-3": "skipped by the questionnaire"}
        assert all("-3" not in c.missing for c in done.columns[:10])

    def test_statistics_file_with_headings_as_labels(self):
        names = ["V1", "V2", "V3", "V4", "Q1"]
        name, done = read(
            table(
                names,
                ["1", SENT[1], "179秒", "微信", "4"],
                labels=[*WENJUANXING[:4], "1、您同意吗"],
            )
        )
        assert name == "wenjuanxing"
        assert (done.columns[4].name, done.columns[4].label) == ("Q1", "您同意吗")
        assert cells(done, "duration") == ["179"]


class TestPlain:
    def test_names_stay(self):
        name, done = read(table(["id", "a", "a", ""], ["1", "2", "3", "4"]))
        assert name == "plain"
        assert [c.name for c in done.columns] == ["id", "a", "a", ""]
        assert dict(done.roles) == {}
        assert not any(column.tool for column in done.columns)
        assert finding(done, "repeated names") == "1 name over several columns: a"

    def test_empty_table(self):
        assert read(table([]))[0] == "plain"


class TestAsked:
    def test_unknown_name(self):
        with pytest.raises(DialectError, match="did you mean 'qualtrics'"):
            dialects.normalise(table(["a"]), "Qualtrix")

    @pytest.mark.parametrize("name", [name for name in DIALECTS if name != "plain"])
    def test_a_file_of_another_kind(self, name):
        with pytest.raises(DialectError) as caught:
            dialects.normalise(table(["id", "group", "item"], ["1", "a", "4"]), name)
        words = str(caught.value)
        assert words.startswith(f"answers.csv: not an export of {name}: looked for ")
        assert "found columns id, group, item" in words
        assert "hint:" in words

    def test_the_hint_names_the_tool_that_it_looks_like(self):
        with pytest.raises(DialectError, match=r"looks like qualtrics \(ImportId in row 3"):
            dialects.normalise(qualtrics(), "surveymonkey")


def test_private_columns_are_named_by_place_only():
    columns = [Column(name) for name in ("Q1", "IPAddress", "RecipientEmail", "Q9", "Email use")]
    assert dialects.private(columns, "qualtrics") == (1, 2)
    columns = [
        Column("1、您的姓名：", "您的姓名："),
        Column("来自IP"),
        Column("2、您满意吗", "您满意吗"),
    ]
    assert dialects.private(columns, "wenjuanxing") == (0, 1)


@pytest.mark.parametrize(
    ("raw", "questions"),
    [
        (qualtrics(), ["Q1", "Q1_5_TEXT", "Q2_1", "Q2_2", "Q3"]),
        (table([*LIME, "Q1", "Q2[a]", "Q2[b]"]), ["Q1", "Q2[a]", "Q2[b]"]),
        (table(["start", "end", "_id", "_uuid", "_submission_time", "a/q1"]), ["a/q1"]),
        (table([*TestRedcap.RAW, "survey_complete"]), ["eat___1", "eat___2", "q1"]),
        (table([*WENJUANXING, "1、您的性别"]), ["1、您的性别"]),
        (table(TestSurveyMonkey.HEADER), ["Which?", "", "Age"]),
    ],
)
def test_the_tools_own_columns_are_marked(raw, questions):
    done = dialects.normalise(raw)
    assert [column.name for column in done.columns if not column.tool] == questions


TIMES = [
    (["2024-05-01 09:12:33", "2024-05-01T09:12:33.5+0800"], ["2024-05-01T09:12:33", None]),
    (["2024/5/1 9:12", "2024年5月1日 下午3:20:11"], ["2024-05-01T09:12:00", "2024-05-01T15:20:11"]),
    (["2024/05/01 3:20:11 PM GMT+8"], ["2024-05-01T15:20:11+08:00"]),
    (["01.02.2024 12:05", ""], ["2024-02-01T12:05:00", ""]),
    (
        ["3/4/24 12:05:00 AM", "25/4/24 1:05:00 p. m."],
        ["2024-04-03T00:05:00", "2024-04-25T13:05:00"],
    ),
]


@pytest.mark.parametrize(("texts", "iso"), TIMES)
def test_times(texts, iso):
    got, problem = times.iso_times(column_of(texts, pd.RangeIndex(len(texts))))
    assert not problem
    assert all(want in (None, have) for have, want in zip(got, iso, strict=True))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["3/4/2024 12:05", "5/6/2024 12:05"], "cannot be told apart"),
        (["13/4/2024 12:05", "5/16/2024 12:05"], "both orders"),
        (["2024-05-01 12:05", "yesterday"], "1 text not read"),
        (["2024/13/45 12:05"], "1 text not read"),
    ],
)
def test_times_that_cannot_be_read_stay(texts, words):
    got, problem = times.iso_times(column_of(texts, pd.RangeIndex(len(texts))))
    assert words in problem
    assert got.iloc[-1] == texts[-1]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("179秒", "179"),
        ("3分20秒", "200"),
        ("1小时2分3秒", "3723"),
        ("2分", "120"),
        ("1:02:03", "3723"),
        ("02:03", "123"),
        ("12.50", "12.5"),
        ("3 min 20 s", "200"),
        ("", None),
        ("long", None),
        ("-4", None),
    ],
)
def test_durations(text, seconds):
    assert times.seconds(text) == seconds


@pytest.mark.parametrize(
    ("texts", "stem"),
    [
        (["Rate - a - x", "Rate - a - y"], "Rate - a - "),
        (["Rate-x", "Rate-y"], "Rate-"),
        (["Rate x", "Rate y"], ""),
        (["alone - x"], ""),
        (["-x", "-y"], ""),
    ],
)
def test_shared_stem(texts, stem):
    assert shared_stem(texts) == stem


WORDS = st.sampled_from(
    [
        *QUALTRICS,
        *WENJUANXING,
        *LIME,
        *TestSurveyMonkey.HEADER,
        *TestRedcap.RAW,
        *TestKobo.HEADER,
        "Timestamp",
        "visit_complete",
        "_submission_time",
        "3、a—b",
        "a[b]. c [d]",
        "a[b]. c [e]",
        '{"ImportId":"QID1"}',
        '{"ImportId":"_recordId"}',
    ]
)
TEXTS = st.one_of(WORDS, st.text(max_size=8), st.sampled_from(["", "1", "2", "2024/5/1 9:00"]))


@st.composite
def tables(draw):
    width = draw(st.integers(0, 6))
    row = st.lists(TEXTS.map(str.strip), min_size=width, max_size=width)
    return table(draw(row), *draw(st.lists(row, max_size=4)))


@given(tables(), st.sampled_from(list(DIALECTS)))
def test_any_table_gives_one_error_or_all_its_rows(raw, asked):
    name, why = dialects.recognise(raw)
    assert name in DIALECTS
    assert why
    for dialect in {name, asked}:
        try:
            done = dialects.normalise(raw, dialect)
        except SurveySemError:
            assert dialect != name
            continue
        assert len(done.rows) == len(done.cells) >= len(raw.rows) - 3
        assert set(done.rows) <= set(raw.rows)
        assert len(done.columns) == done.cells.shape[1] >= len(raw.columns)


def test_wenjuanxing_codes_for_no_answer_may_stand_among_the_value_labels_only():
    """Nobody was led past the question, but the file's labels name the code all the same."""
    labels = {"1": "同意", "-3": "(跳过)", "-2": "(空)"}
    columns = (
        Column("序号"),
        Column("提交答卷时间"),
        Column("所用时间"),
        Column("Q1", "1、题目", labels),
    )
    cells = pd.DataFrame([["1", "2024/3/4 10:00:00", "179秒", "1"]]).astype("category")
    table = RawTable("w.sav", columns, cells, np.array([1]))
    assert set(dialects.normalise(table, "wenjuanxing").columns[3].missing) == {"-3", "-2"}
