"""Damaged files: the library's failures are one message, its crashes too, and our bugs stay bugs."""

import os
import struct

import pandas as pd
import pyreadstat
import pytest

from helpers import ROOT
from surveysem.intake import apart, assemble, look
from surveysem.intake.export import read
from surveysem.intake.read import read_table
from surveysem.intake.rows import RowsError

KEPT = ROOT / "tests" / "reference" / "intake"
FRAME = pd.DataFrame({"id": ["a", "b"], "q1": [1.0, 2.0]})


def written(folder, kind):
    path = folder / f"wave.{kind}"
    if kind in ("sav", "zsav"):
        pyreadstat.write_sav(FRAME, path, compress=kind == "zsav")
    elif kind == "dta":
        pyreadstat.write_dta(FRAME, path)
    elif kind == "xlsx":
        FRAME.to_excel(path, index=False)
    else:
        path.write_bytes((KEPT / f"quirks.{kind}").read_bytes())
    return path


def looked(path):
    return look.look(path, "data/raw/wave", {}, None)


@pytest.mark.parametrize("kind", apart.FORMATS)
def test_a_look_apart_is_the_look(tmp_path, kind):
    path = written(tmp_path, kind)
    assert looked(path) == look.of_table(read(path, "data/raw/wave", {}))


def test_a_file_at_which_readstat_crashes_is_one_message(tmp_path):
    """The second variable's width, after the header (176 bytes) and the first one (32), says
    2147483647: ReadStat 1.1.9 writes there."""
    path = written(tmp_path, "sav")
    data = bytearray(path.read_bytes())
    assert struct.unpack_from("<i", data, 208) == (2,)  # a record of a variable
    struct.pack_into("<i", data, 212, 2**31 - 1)
    path.write_bytes(data)
    with pytest.raises(RowsError, match=r"^data/raw/wave: "):
        looked(path)


@pytest.mark.parametrize(
    ("does", "error", "words"),
    [
        ("kill -SEGV $$", RowsError, "data/raw/wave: the library that reads sav crashed on it (SIGSEGV)"),
        ("exec sleep 60", RowsError, "was not done after 1 s"),
        ("echo our own mistake >&2; exit 1", RuntimeError, "our own mistake"),
    ],
)  # fmt: skip
def test_how_a_look_apart_may_end(tmp_path, monkeypatch, does, error, words):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    os.chmod(program, 0o755)
    monkeypatch.setattr(apart.sys, "executable", str(program))
    monkeypatch.setattr(apart, "PATIENCE", 1)
    with pytest.raises(error) as raised:
        looked(written(tmp_path, "sav"))
    assert words in str(raised.value)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "sav"])
def test_our_own_mistakes_are_not_laid_on_the_file(tmp_path, monkeypatch, kind):
    def mistaken(*_):
        raise TypeError("a bug")

    if kind == "csv":
        path = tmp_path / "wave.csv"
        path.write_text("id,q1\na,1\n")
    else:
        path = written(tmp_path, kind)
    monkeypatch.setattr(assemble, "categorical", mistaken)
    monkeypatch.setattr(assemble.Cells, "add", mistaken)
    with pytest.raises(TypeError, match="a bug"):
        read_table(path, "wave")


def test_too_little_memory_is_said(tmp_path, monkeypatch):
    def lacking(*_):
        raise MemoryError

    monkeypatch.setattr(assemble, "categorical", lacking)
    with pytest.raises(RowsError, match="too large for this machine's memory"):
        read_table(written(tmp_path, "sav"), "wave")
