"""The workflow on a small study: what runs, what runs again, what survives a kill."""

import os
import re
import signal
import subprocess
import time

import numpy as np
import pytest

from helpers import BIN, ROOT, Study, run
from surveysem.structure.verdicts import COLUMNS


def copied(finished: Study, folder) -> Study:
    """A copy of a finished run, times of files and Snakemake's records included."""
    run(["cp", "-a", finished.folder, folder])
    return Study(folder)


def test_every_hypothesis_has_a_verdict_or_a_reason(finished):
    rows = finished.read("results/structure/hypotheses.csv")
    ids = {row["id"] for row in finished.read("data/hypotheses.csv")}
    assert list(rows[0]) == COLUMNS
    assert {(r["hypothesis"], r["group"], r["wave"]) for r in rows} == {
        (h, g, w) for h in ids for g in ("all", "north", "south") for w in ("t1", "t2")
    }
    assert all(row["verdict"] != "not testable" or row["reason"] for row in rows)
    lead = {r["hypothesis"]: r for r in rows if r["headline"] == "1"}
    assert {r["wave"] for r in lead.values()} == {"t2"}
    assert lead["P1"]["verdict"] == lead["P2"]["verdict"] == lead["T1"]["verdict"] == "supported"
    assert lead["P3"]["verdict"] == "opposite"
    assert lead["W1"]["reason"] == "design_waves: 2"


def test_nothing_to_do_the_second_time(finished):
    assert finished.jobs() == {}


def test_the_page_escapes_what_users_write_and_loads_nothing(finished):
    page = (finished.folder / "results/report/index.html").read_text(encoding="utf-8")
    assert "A &lt;small&gt; study" in page
    assert "<small>" not in page
    assert "http:" not in page
    assert "https:" not in page
    assert 'lang="zh"' in (finished.folder / "results/report/zh.html").read_text(encoding="utf-8")


BY_WAVE = ("intake_wave", "cleaning_wave", "description_wave",
           "description_attrition", "reliability_wave", "reliability_change",
           "measurement_wave", "measurement_scales", "measurement_checks",
           "structure_wave", "robustness_wave")  # fmt: skip
POOLED = ("intake_pool", "cleaning_pool", "description_pool", "description_pool_relations",
          "description_changes", "description_pool_attrition", "reliability_pool",
          "measurement_waves", "measurement_pool", "structure_verdicts", "robustness_pool",
          "report")  # fmt: skip


def test_adding_a_wave_runs_that_wave_and_what_pools_waves(finished, tmp_path):
    study = copied(finished, tmp_path / "s")
    before = study.results()
    study.add_wave_file("data/raw/t3.csv", np.random.default_rng(9), 160)
    config = study.config
    config["waves"].append({"name": "t3", "file": "data/raw/t3.csv"})
    study.config = config
    assert study.jobs() == dict.fromkeys((*BY_WAVE, *POOLED), 1)
    assert study.snakemake().returncode == 0
    after = study.results()
    old = [name for name in before if "/t1" in name or "/t2" in name or "_t1" in name]
    assert len(old) > 20
    assert {name: after[name] for name in old} == {name: before[name] for name in old}
    assert "t3" in {row["wave"] for row in study.read("results/structure/hypotheses.csv")}


def test_removing_a_wave_removes_it_from_pooled_results_and_pages(finished, tmp_path):
    study = copied(finished, tmp_path / "s")
    config = study.config
    config["waves"] = config["waves"][:1]
    study.config = config
    left = [rule for rule in POOLED if rule != "description_pool_attrition"]  # from wave to wave
    assert study.jobs() == dict.fromkeys(left, 1)
    assert study.snakemake().returncode == 0
    for table in (study.folder / "results").glob("*/*.csv"):
        rows = study.read(f"results/{table.parent.name}/{table.name}")
        places = {row.get("wave") or f"{row['within']};{row['members']}" for row in rows}
        assert not any("t2" in place for place in places), table
    for page in ("index", "zh"):
        text = (study.folder / f"results/report/{page}.html").read_text(encoding="utf-8")
        assert "t2" not in text


EDITS = {
    "an item's wording": ("data/instrument.csv", "Item 1 of QUA", "First item", {"report"}),
    "the title": ("config.yaml", "A <small> study", "Another", {"report"}),
    "the level": ("config.yaml", "verdicts:\n", "verdicts:\n  alpha: 0.01\n",
                  {"structure_verdicts", "report"}),
    "a hypothesis": ("data/hypotheses.csv", "P3,asserted,path,QUA,,LOY,-",
                     "P3,asserted,path,QUA,,LOY,+",
                     {"structure_wave", "structure_verdicts", "robustness_wave",
                      "robustness_pool", "report"}),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_runs_only_what_it_touches(finished, tmp_path, edit):
    study = copied(finished, tmp_path / "s")
    name, old, new, rules = EDITS[edit]
    study.edit(name, old, new)
    jobs = study.jobs()
    assert set(jobs) == rules
    of_waves = {rule for rule in rules if rule in BY_WAVE}
    assert jobs == {rule: 2 if rule in of_waves else 1 for rule in rules}


def test_a_changed_answer_runs_its_wave_only(finished, tmp_path):
    study = copied(finished, tmp_path / "s")
    line = (study.folder / "data/raw/t2.csv").read_text().splitlines()[1]
    study.edit("data/raw/t2.csv", line, line[:-1] + str((int(line[-1]) + 1) % 4))
    assert study.jobs() == dict.fromkeys((*BY_WAVE, *POOLED), 1)


def test_a_bad_answer_ends_in_one_message(tmp_path):
    study = Study.make(tmp_path / "s", waves=1, n=40)
    study.edit("data/raw/t1.csv", "\nn3,north,", "\nn3,north,9")
    done = study.snakemake()
    printed = done.stdout + done.stderr
    assert done.returncode == 1
    assert printed.count("data/raw/t1.csv, row 5, column qua1: '9") == 1
    assert "allowed: 0, 1, 2, 3, never, 从不, rarely" in printed
    assert "Traceback" not in printed
    assert not (study.folder / "results/intake").exists() or not study.results()


def test_bare_snakemake_names_the_remedy_after_a_kill_and_make_goes_on(finished, tmp_path):
    """kill -9 of Snakemake in the middle of a wave; `make` ends with the bytes of a run that was left
    alone, on one core as on two."""
    study = copied(finished, tmp_path / "s")
    for path in (study.folder / "results").rglob("*"):
        if path.is_file() and "t1" not in str(path.relative_to(study.folder)):
            path.unlink()
    command = [BIN / "snakemake", "--directory", study.folder, "--cores", "1"]
    process = subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    halfway = study.folder / "results" / "cleaning" / "t2.parquet"
    deadline = time.monotonic() + 120
    while not halfway.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert list((study.folder / ".snakemake" / "locks").glob("*.lock"))
    bare = study.snakemake()
    assert bare.returncode != 0
    assert re.search("--unlock|--rerun-incomplete", bare.stdout + bare.stderr)
    made = run(["make", f"STUDY={study.folder}", "CORES=1"])
    assert made.returncode == 0, made.stderr
    one, two = study.results(), finished.results()
    assert one == two
    assert len(one) > 40


def test_a_living_run_keeps_its_lock(tmp_path):
    """`unlock` leaves the lock of a Snakemake that is at work in the folder."""
    study = Study.make(tmp_path / "s")
    process = subprocess.Popen(
        [str(BIN / "snakemake"), "--directory", str(study.folder), "--cores", "1"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    locks = study.folder / ".snakemake" / "locks"
    deadline = time.monotonic() + 60
    while not list(locks.glob("*.lock")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    done = run([BIN / "python", "-m", "surveysem", "unlock", "--directory", study.folder])
    kept = list(locks.glob("*.lock"))
    process.terminate()
    process.wait()
    assert f"process {process.pid}" in done.stderr
    assert kept


def test_snakemakes_own_report(finished, tmp_path):
    target = tmp_path / "report.html"
    done = finished.snakemake("--report", target)
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 100_000


def test_one_wave_without_groups_or_ids(tmp_path):
    """The leanest study: no group, no id, one wave; all rows are one group."""
    study = Study.make(tmp_path / "s", waves=1)
    study.config = {
        "waves": study.config["waves"],
        "models": {"m": {"estimator": "ML"}},
        "verdicts": {"draws": 1000},
    }
    done = study.snakemake()
    assert done.returncode == 0, done.stderr
    rows = study.read("results/structure/hypotheses.csv")
    assert {row["group"] for row in rows} == {"all"}
    assert {r["hypothesis"] for r in rows if r["verdict"] == "supported"} >= {"T1", "P1", "P2"}
    assert len(study.read("results/cleaning/fates.csv")) == 320


def test_a_wave_without_one_of_the_groups_ends_in_words(finished, tmp_path):
    study = copied(finished, tmp_path / "s")
    rows = study.read("data/raw/t2.csv")
    for wave, side in (("t2", "north"), ("t3", "south")):
        kept = [list(rows[0])] + [list(r.values()) for r in rows if r["side"] == side]
        study.write(f"data/raw/{wave}.csv", kept)
    config = study.config
    config["waves"].append({"name": "t3", "file": "data/raw/t3.csv"})
    study.config = config
    done = study.snakemake()
    assert done.returncode == 0, done.stderr
    found = study.read("results/structure/hypotheses.csv")
    for wave, side in (("t2", "south"), ("t3", "north")):
        paths = [r for r in found if r["wave"] == wave and r["kind"] == "path"]
        assert {r["reason"] for r in paths} == {f"no_data: {side}"}
    page = (study.folder / "results/report/index.html").read_text(encoding="utf-8")
    assert "No analysed respondents in this wave: north." in page
    # an earlier wave's gaps are shown beside the last one's
    table = page.split("Not testable, by group and wave")[-1].split("</table>")[0]
    assert "t2" in table
    assert "P1" in table
    assert "No analysed respondents in this wave: south." in table


def test_a_wrongly_keyed_item_stops_its_models(tmp_path):
    study = Study.make(tmp_path / "s", waves=1, n=120)
    study.edit("data/instrument.csv", "Item 3 of QUA,,1", "Item 3 of QUA,,0")
    assert study.snakemake().returncode == 0
    rows = study.read("results/structure/hypotheses.csv")
    assert {r["reason"] for r in rows if r["kind"] == "path"} == {"keying: qua3"}
    page = (study.folder / "results/report/index.html").read_text(encoding="utf-8")
    assert "data/instrument.csv, row 4, column reverse: 0 → 1" in page


def test_groups_coded_as_numbers_and_ids_too(tmp_path):
    study = Study.make(tmp_path / "s", waves=1, n=120)
    rows = study.read("data/raw/t1.csv")
    codes = {"north": "1", "south": "2"}
    table = [[str(k), codes[r["side"]], *list(r.values())[2:]] for k, r in enumerate(rows)]
    study.write("data/raw/t1.csv", [list(rows[0]), *table])
    config = study.config
    config["models"] = {"loyal": {"groups": ["1", "2"], "estimator": "ML"}}
    study.config = config
    done = study.snakemake("results/structure/hypotheses.csv")
    assert done.returncode == 0, done.stderr
    rows = study.read("results/structure/hypotheses.csv")
    assert {r["group"] for r in rows} == {"all", "1", "2"}
    assert {r["verdict"] for r in rows if r["hypothesis"] == "P1"} == {"supported"}


def test_hypotheses_that_this_version_cannot_test_still_make_a_report(tmp_path):
    study = Study.make(tmp_path / "s", waves=1, n=60)
    rows = study.read("data/hypotheses.csv")
    study.write("data/hypotheses.csv", [list(rows[0]), list(rows[-1].values())])
    done = study.snakemake()
    assert done.returncode == 0, done.stderr
    rows = study.read("results/structure/hypotheses.csv")
    assert {(r["hypothesis"], r["verdict"]) for r in rows} == {("W1", "not testable")}
