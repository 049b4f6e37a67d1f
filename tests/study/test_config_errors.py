"""A user's mistakes: one clear message each, before any job starts."""

import pytest

# What is spoiled, and what the message has to hold: place, finding, help.
MISTAKES = {
    "unknown key": (
        lambda s: s.edit("config.yaml", "seed: 7", "sede: 7"),
        ["config.yaml, sede: unknown key", "did you mean 'seed'?"],
    ),
    "unknown key inside": (
        lambda s: set_config(s, cleaning={"longstrings": 0.4}),
        ["config.yaml, cleaning.longstrings: unknown key", "did you mean 'longstring'?"],
    ),
    "wrong type": (
        lambda s: set_config(s, seed="seven"),
        ["config.yaml, seed: 'seven' has the wrong type", "a whole number"],
    ),
    "wrong type of a list": (
        lambda s: set_config(s, languages="en"),
        ["config.yaml, languages: 'en' has the wrong type", "a list"],
    ),
    "value not allowed": (
        lambda s: set_config(s, intake={"on_invalid": "mising"}),
        ["config.yaml, intake.on_invalid: 'mising' is not allowed", "did you mean 'missing'?"],
    ),
    "out of range": (
        lambda s: set_config(s, cleaning={"incomplete": 1.5}),
        ["config.yaml, cleaning.incomplete: 1.5 is out of range", "at most 1"],
    ),
    "missing file": (
        lambda s: s.edit("config.yaml", "data/raw/t2.csv", "data/raw/t22.csv"),
        ["config.yaml, waves[1].file: data/raw/t22.csv", "does not exist", "t2.csv"],
    ),
    "missing instrument": (
        lambda s: set_config(s, instrument="data/items.csv"),
        ["data/items.csv: the file does not exist"],
    ),
    "duplicate wave name": (
        lambda s: s.edit("config.yaml", "name: t2", "name: t1"),
        ["config.yaml, waves[1].name: 't1'", "waves[0]"],
    ),
    "wave name that is no file name": (
        lambda s: s.edit("config.yaml", "name: t2", "name: 2 of/two"),
        ["config.yaml, waves[1].name: '2 of/two'", "a letter"],
    ),
    "no waves": (
        lambda s: set_config(s, waves=[]),
        ["config.yaml, waves: [] is out of range"],
    ),
    "group not in the data": (
        lambda s: s.edit("config.yaml", "- south", "- suoth"),
        ["config.yaml, models.loyal.groups[1]: the group 'suoth'", "north, south",
         "did you mean 'south'?"],
    ),
    "declared group not in the data": (
        lambda s: set_config(s, respondents={"id": "who", "group": "side", "groups": {
            "north": "N", "south": "S", "east": "E"}}),
        ["config.yaml, respondents.groups.east", "not in the data"],
    ),
    "group in the data that is not declared": (
        lambda s: (
            set_config(s, respondents={"id": "who", "group": "side", "groups": {
                "north": "N", "south": "S"}}),
            s.edit("data/raw/t2.csv", "s5,south", "s5,Sth"),
        ),
        ["'Sth' is not a group of the study", "data/raw/t2.csv, row 167, column side"],
    ),
    "group of the instrument": (
        lambda s: s.edit("data/instrument.csv", "Item 1 of QUA,,", "Item 1 of QUA,nort,"),
        ["data/instrument.csv, item qua1, column groups: the group 'nort'", "'north'?"],
    ),
    "item in no file": (
        lambda s: s.edit("data/instrument.csv", "qua1,QUA", "qua9,QUA"),
        ["data/instrument.csv, item qua9: no wave's file", "qua1"],
    ),
    "item missing from one wave": (
        lambda s: s.edit("data/raw/t2.csv", "qua1,", "qua_1,"),
        ["data/raw/t2.csv, row 1: the item 'qua1' has no column", "waves[1].without: [qua1]"],
    ),
    "item in no instrument": (
        lambda s: add_column(s, "data/raw/t1.csv", "qua4", "2"),
        ["data/raw/t1.csv, row 1, column qua4: looks like an item", "intake.ignore_columns: [qua4]"],
    ),
    "coded column in no instrument": (
        lambda s: add_column(s, "data/raw/t1.csv", "zz", "3"),
        ["data/raw/t1.csv, row 1, column zz: looks like an item"],
    ),
    "coded column, written as pandas writes it": (
        lambda s: add_column(s, "data/raw/t1.csv", "zz", "3.0"),
        ["data/raw/t1.csv, row 1, column zz: looks like an item"],
    ),
    "answer that is none": (
        lambda s: s.edit("data/raw/t1.csv", "\nn1,north,", "\nn1,north,-99"),
        ["data/raw/t1.csv, row 3, column qua1: '-99", "is not an answer to this item"],
    ),
    "item that nobody answered": (
        lambda s: empty_column(s, "data/raw/t2.csv", 2),
        ["data/raw/t2.csv, column qua1: nobody answered", "waves[1].without: [qua1]"],
    ),
    "no header": (
        lambda s: (s.folder / "data/raw/t1.csv").write_text("".join(
            (s.folder / "data/raw/t1.csv").read_text().splitlines(keepends=True)[1:])),
        ["data/raw/t1.csv, row 1: looks like answers", "options: {header: false}"],
    ),
    "group's column missing": (
        lambda s: set_config(s, respondents={"id": "who", "group": "sidde"}),
        ["config.yaml, respondents.group: the column 'sidde'", "did you mean 'side'?"],
    ),
    "folder for a file": (
        lambda s: s.edit("config.yaml", "data/raw/t2.csv", "data/raw"),
        ["config.yaml, waves[1].file: data/raw: is a folder"],
    ),
    "duplicate column": (
        lambda s: s.edit("data/raw/t1.csv", "qua2,", "qua1,"),
        ["data/raw/t1.csv, row 1: the column 'qua1' stands there 2 times"],
    ),
    "respondents' column missing": (
        lambda s: set_config(s, respondents={"id": "whom", "group": "side"}),
        ["config.yaml, respondents.id: the column 'whom'", "did you mean 'who'?"],
    ),
    "unknown construct in a hypothesis": (
        lambda s: s.edit("data/hypotheses.csv", "P2,asserted,path,TRU", "P2,asserted,path,TRY"),
        ["data/hypotheses.csv, row 4, column from: 'TRY' is unknown", "QUA, TRU, LOY",
         "did you mean 'TRU'?"],
    ),
    "unknown kind of hypothesis": (
        lambda s: s.edit("data/hypotheses.csv", "P1,asserted,path", "P1,asserted,pat"),
        ["data/hypotheses.csv, row 3, column kind: 'pat' is unknown", "did you mean 'path'?"],
    ),
    "hypothesis twice": (
        lambda s: s.edit("data/hypotheses.csv", "P2,", "P1,"),
        ["data/hypotheses.csv, row 4, column id: 'P1' stands in row 3 already"],
    ),
    "indirect without mediator": (
        lambda s: s.edit("data/hypotheses.csv", "QUA,TRU,LOY", "QUA,,LOY"),
        ["data/hypotheses.csv, row 6, column via: an indirect effect needs"],
    ),
    "unknown construct of an item": (
        lambda s: s.edit("data/instrument.csv", "tru1,TRU", "tru1,TRO"),
        ["data/instrument.csv, row 5, column construct: 'TRO' is unknown"],
    ),
    "unknown answer scale": (
        lambda s: s.edit("data/instrument.csv", ",fit\ntru1", ",fitt\ntru1"),
        ["data/instrument.csv, row 4, column responses: 'fitt' is unknown"],
    ),
    "column missing in the instrument": (
        lambda s: s.edit("data/instrument.csv", "construct", "konstrukt"),
        ["data/instrument.csv, row 1: the column 'construct' is missing", "konstrukt"],
    ),
    "name that no model can hold": (
        lambda s: (s.edit("data/instrument.csv", "qua1,QUA", "qua-1,QUA"),
                   [s.edit(f"data/raw/t{k}.csv", "qua1,", "qua-1,") for k in (1, 2)]),
        ["data/instrument.csv, row 2, column item: 'qua-1' is not a usable name"],
    ),
    "reserved name": (
        lambda s: (s.edit("data/instrument.csv", "qua1,QUA", "weight,QUA"),
                   [s.edit(f"data/raw/t{k}.csv", "qua1,", "weight,") for k in (1, 2)]),
        ["data/instrument.csv, row 2, column item: the name 'weight' is taken"],
    ),
    "group that is a number": (
        lambda s: set_config(s, models={"loyal": {"groups": ["north", 2]}}),
        ["config.yaml, models.loyal.groups[1]: 2 has the wrong type", "quotation marks: '2'"],
    ),
    "empty wave file": (
        lambda s: (s.folder / "data/raw/t1.csv").write_text(""),
        ["data/raw/t1.csv: the file is empty"],
    ),
    "wave file without answers": (
        lambda s: (s.folder / "data/raw/t1.csv").write_text("who,side,qua1\n"),
        ["data/raw/t1.csv: the file has a header and no answers"],
    ),
    "row too long": (
        lambda s: s.edit("data/raw/t1.csv", "\nn1,north,", "\nn1,north,1,1,1,"),
        ["data/raw/t1.csv, row 3: 14 cells, but the header has 11 columns"],
    ),
    "quotation mark that is not closed": (
        lambda s: s.edit("data/raw/t1.csv", "\nn1,north,", '\nn1,"north,'),
        ["data/raw/t1.csv, row 3: a quotation mark opens a text here"],
    ),
    "row too short": (
        lambda s: s.edit("data/raw/t1.csv", "\nn1,north,", "\nn1,"),
        ["data/raw/t1.csv, row 3: 10 cells, but the header has 11 columns"],
    ),
    "model file missing": (
        lambda s: set_config(s, models={"loyal": {"syntax": "data/models/no.lav"}}),
        ["config.yaml, models.loyal.syntax", "data/models/no.lav"],
    ),
    "key twice": (
        lambda s: s.edit("config.yaml", "seed: 7", "seed: 7\nseed: 8"),
        ["config.yaml, line ", "the key 'seed' stands there twice"],
    ),
    "misspelt column of the instrument": (
        lambda s: s.edit("data/instrument.csv", "reverse", "Reversed"),
        ["data/instrument.csv, row 1: the column 'Reversed'", "did you mean 'reverse'?"],
    ),
    "misspelt column of the hypotheses": (
        lambda s: s.edit("data/hypotheses.csv", "sesoi", "SESOI"),
        ["data/hypotheses.csv, row 1: the column 'SESOI'", "did you mean 'sesoi'?"],
    ),
    "unclosed quotation mark in the hypotheses": (
        lambda s: s.edit("data/hypotheses.csv", "P1,asserted", 'P1,"asserted'),
        ["data/hypotheses.csv, row 3: a quotation mark opens a text here", "close it"],
    ),
    "paths in a loop": (
        lambda s: s.edit("data/hypotheses.csv", "P3,asserted,path,QUA,,LOY", "P3,asserted,path,LOY,,QUA"),
        ["data/hypotheses.csv: the paths make a loop: QUA → TRU → LOY → QUA"],
    ),
    "path to itself": (
        lambda s: s.edit("data/hypotheses.csv", "P3,asserted,path,QUA,,LOY", "P3,asserted,path,LOY,,LOY"),
        ["data/hypotheses.csv, hypothesis P3, column to: 'LOY'"],
    ),
    "mediator that is the cause": (
        lambda s: s.edit("data/hypotheses.csv", "QUA,TRU,LOY", "QUA,QUA,LOY"),
        ["data/hypotheses.csv, hypothesis I1, column via: 'QUA'"],
    ),
    "mediator of a path": (
        lambda s: s.edit("data/hypotheses.csv", "P3,asserted,path,QUA,,LOY", "P3,asserted,path,QUA,TRU,LOY"),
        ["data/hypotheses.csv, hypothesis P3, column via", "indirect"],
    ),
    "path stated twice": (
        lambda s: s.edit("data/hypotheses.csv", "P3,asserted,path,QUA,,LOY,-", "P3,asserted,path,TRU,,LOY,-"),
        ["data/hypotheses.csv, hypothesis P3, column id: states the same effect as P2"],
    ),
    "smallest effect below zero": (
        lambda s: s.edit("data/hypotheses.csv", "QUA,,LOY,-,,,any,0.1", "QUA,,LOY,-,,,any,-0.1"),
        ["data/hypotheses.csv, hypothesis P3, column sesoi: -0.1"],
    ),
    "model text that is none": (
        lambda s: user_model(s, "LOY ~ TRU\nTRU ~~~ QUA\n"),
        ["data/own.lav: model, line 2"],
    ),
    "model text with a strange name": (
        lambda s: user_model(s, "LOY ~ TRU + QAU\n"),
        ["data/own.lav: 'QAU' is neither a construct nor an item", "did you mean 'QUA'?"],
    ),
    "empty model text": (
        lambda s: user_model(s, "\n"),
        ["data/own.lav: the file is empty"],
    ),
    "model text with a loop": (
        lambda s: user_model(s, "LOY ~ TRU\nTRU ~ LOY\n"),
        ["data/own.lav: the paths make a loop: TRU → LOY → TRU"],
    ),
    "model name that is a number": (
        lambda s: set_config(s, models={1: {}}),
        ["config.yaml, models", "1", "a letter"],
    ),
    "model name that is no file name": (
        lambda s: set_config(s, models={"a/b": {}}),
        ["config.yaml, models: 'a/b'", "a letter"],
    ),
    "respondents' column that is an item": (
        lambda s: set_config(s, respondents={"id": "qua1", "group": "side"}),
        ["config.yaml, respondents.id: 'qua1' is an item"],
    ),
    "one file for two waves": (
        lambda s: s.edit("config.yaml", "data/raw/t2.csv", "data/raw/t1.csv"),
        ["config.yaml, waves[1].file: 'data/raw/t1.csv'", "waves[0]"],
    ),
    "panel without id": (
        lambda s: set_config(s, respondents={"group": "side", "panel": True}),
        ["config.yaml, respondents.panel"],
    ),
    "item to be ignored": (
        lambda s: set_config(s, intake={"ignore_columns": ["qua1"]}),
        ["config.yaml, intake.ignore_columns: 'qua1' is an item"],
    ),
    "answer that is to be missing": (
        lambda s: set_config(s, intake={"missing_codes": [-9, 3]}),
        ["config.yaml, intake.missing_codes: 3 is an answer of the scale 'fit'"],
    ),
    "a language that YAML reads as false": (
        lambda s: s.edit("config.yaml", "- en\n", "- no\n"),
        ["config.yaml, languages[0]: false has the wrong type", "quotation marks"],
    ),
    "no truth": (
        lambda s: set_config(s, study={"truth": "data/truth"}),
        ["config.yaml, study.truth: no file data/truth/paths.csv and data/truth/troubles.csv"],
    ),
    "broken YAML": (
        lambda s: s.edit("config.yaml", "seed: 7", "seed: [7"),
        ["config.yaml, line ", "not YAML"],
    ),
    "empty config": (
        lambda s: (s.folder / "config.yaml").write_text(""),
        ["config.yaml: holds no keys"],
    ),
}  # fmt: skip


def set_config(folder, **changes):
    folder.config = {**folder.config, **changes}


def user_model(study, text):
    (study.folder / "data" / "own.lav").write_text(text)
    set_config(study, models={"loyal": {"syntax": "data/own.lav"}})


def empty_column(study, name, k):
    lines = [line.split(",") for line in (study.folder / name).read_text().splitlines()]
    lines[1:] = [[*cells[:k], "", *cells[k + 1 :]] for cells in lines[1:]]
    (study.folder / name).write_text("\n".join(",".join(cells) for cells in lines) + "\n")


def add_column(study, name, column, value):
    lines = (study.folder / name).read_text(encoding="utf-8").splitlines()
    out = [f"{lines[0]},{column}", *(f"{line},{value}" for line in lines[1:])]
    (study.folder / name).write_text("\n".join(out) + "\n", encoding="utf-8")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_one_clear_message(study, mistake):
    """`check` names place, finding and remedy, and exits 1."""
    spoil, expected = MISTAKES[mistake]
    spoil(study)
    done = study.check()
    for words in expected:
        assert words in done.stdout
    assert "1 problem(s)." in done.stdout
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr


# What the issue names, through Snakemake itself.
THROUGH_SNAKEMAKE = (
    "unknown key", "wrong type", "missing file", "duplicate wave name", "group not in the data",
    "item in no file", "item in no instrument", "unknown construct in a hypothesis", "broken YAML",
)  # fmt: skip


@pytest.mark.parametrize("mistake", THROUGH_SNAKEMAKE)
def test_snakemake_says_it_once_and_starts_nothing(study, mistake):
    spoil, expected = MISTAKES[mistake]
    spoil(study)
    done = study.snakemake()
    printed = done.stdout + done.stderr
    assert printed.count(expected[0]) == 1
    assert done.returncode == 1
    assert "Traceback" not in printed
    assert not (study.folder / "results").exists()


def test_a_failed_check_leaves_earlier_results_alone(study):
    """Nothing new under results/, nothing lost."""
    (study.folder / "results").mkdir()
    (study.folder / "results" / "kept.csv").write_text("a\n1\n")
    study.edit("config.yaml", "seed: 7", "sede: 7")
    study.snakemake()
    assert study.results().keys() == {"kept.csv"}


def test_check_lists_everything_at_once(study):
    study.edit("config.yaml", "seed: 7", "sede: 7")
    study.edit("config.yaml", "- south", "- suoth")
    study.edit("data/hypotheses.csv", "P2,asserted,path,TRU", "P2,asserted,path,TRY")
    study.edit("data/instrument.csv", "qua1,QUA", "qua9,QUA")
    done = study.check()
    for words in ("sede", "suoth", "TRY", "qua9"):
        assert words in done.stdout
    assert done.returncode == 1


def test_check_of_a_sound_study(study):
    done = study.check()
    assert done.stdout.strip() == "Nothing is wrong."
    assert done.returncode == 0


def test_a_wave_may_declare_what_it_did_not_ask(study):
    study.edit("data/raw/t2.csv", "qua1,", "qq,")
    config = study.config
    config["waves"][1]["without"] = ["qua1"]
    config["intake"] = {"ignore_columns": ["qq"]}
    study.config = config
    assert study.check().returncode == 0


@pytest.mark.parametrize("name", ["config.yaml", "nowhere"])
def test_a_folder_that_is_none(study, name):
    study.folder = study.folder / name
    done = study.check()
    assert "the file does not exist" in done.stdout
    assert "1 problem(s)." in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
