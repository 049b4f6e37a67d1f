"""Delimited text (CSV, TSV) as rows, as strict as a survey needs: no row disappears.

Python's csv reader rather than pyarrow's: in strict mode it refuses quotation marks that
do not match, which pyarrow and pandas take to the end of the file, rows and all.
"""

import csv
import io
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from surveysem.errors import describe
from surveysem.intake import encodings
from surveysem.intake.rows import CLOSE, RowsError, refuse_wide, swallows_rows, unmatched

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
SAMPLE = 1 << 20  # characters by which the delimiter is found
LOOKED_AT = 100  # rows of the sample
AT_ONCE = 1000  # rows handed on together: enough to be fast, few enough for the cache


@dataclass(frozen=True, slots=True)
class Text:
    """A delimited text file, not yet read. skipped: lines before the first row (Excel's
    `sep=;`). findings: encoding and delimiter."""

    path: str | os.PathLike
    shown: str
    codec: str
    delimiter: str
    skipped: int
    findings: tuple[tuple[str, str], ...]


def recognise(path: str | os.PathLike, shown: str, options: Mapping) -> Text:
    """Find encoding and delimiter, unless `options` gives them. Raises RowsError."""
    codec, words = encodings.of_file(path, shown, options.get("encoding"))
    _refuse_zero_bytes(path, codec, shown)
    with open(path, encoding=codec, newline="") as handle:
        sample = handle.read(SAMPLE)
        whole = not handle.read(1)
    declared = re.match(r'"?sep=(.)"?[ \t]*(\r\n|\r|\n)', sample, re.IGNORECASE)
    if declared:
        sample = sample[declared.end() :]
    if not sample.strip():
        hint = "row 1 has to name the columns"
        raise RowsError(describe(shown, "the file is empty", hint=hint))
    header = options.get("header", True)
    first = 1 if isinstance(header, bool) else int(header)
    if options.get("delimiter") is not None:
        delimiter = _wanted(options["delimiter"], shown)
        _refuse_undivided(sample, whole, first, delimiter, shown)
        said = f"{_word(delimiter)} (set in options)"
    elif declared:
        delimiter = declared.group(1)
        said = f"{_word(delimiter)} (named by the line sep=)"
    else:
        delimiter = likeliest(sample, whole, first)
        said = _word(delimiter) if delimiter else "none found: one column"
    findings = (("encoding", words), ("delimiter", said))
    return Text(path, shown, codec, delimiter or ",", int(bool(declared)), findings)


def likeliest(sample: str, whole: bool, header: int = 1) -> str:
    """The delimiter by which most rows of a sample have as many cells as the header; of
    equals, the one that gives more cells. Where none divides the header (a title?), the one by
    which most rows are alike. '' where none divides these either. `whole`: the sample is all
    there is, so that its last row is complete."""
    scores, without = {}, {}
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, whole, header)
        if not widths:
            continue
        often, times = Counter(widths).most_common(1)[0]
        if widths[0] > 1:
            scores[delimiter] = (widths.count(widths[0]) / len(widths), widths[0])
        elif often > 1:
            without[delimiter] = (times / len(widths), often)
    found = scores or without
    return max(found, key=found.__getitem__, default="")


def header_and_rows(
    text: Text, header: bool | int
) -> tuple[list[str], int, Iterator[tuple[list[int], list[list[str]]]]]:
    """Column names, the number of their row (0: none), and the rows in blocks (their
    numbers, their cells).

    header: True for the first row that is not blank, a row's number, or False. Blank rows
    are left out. Every row given has as many cells as there are names. The blocks raise
    RowsError as they are read; after the last for rows of another length.
    """
    rows = _numbered(text)
    names: list[str] = []
    at = 0
    first_filled = isinstance(header, bool)
    for number, row, _ in rows:
        if any(map(str.strip, row)) and (first_filled or number == header):
            names, at = row, number
            break
    if not at:
        found = "the file is empty" if first_filled else f"row {header} is blank or not there"
        raise RowsError(describe(text.shown, found, hint="one row has to name the columns"))
    refuse_wide(len(names), text.shown)
    if header is False:
        first = [(at, names, False)]
        names = [f"column{k}" for k in range(1, len(names) + 1)]
        return names, 0, _blocks(itertools.chain(first, rows), names, text)
    return [name.strip() for name in names], at, _blocks(rows, names, text)


def _blocks(rows, names: Sequence[str], text: Text):
    """Rows of the right length in blocks; RowsError at the end where others were met."""
    width = len(names)
    # Columns without a name at the end of the header may lack.
    least = 1 + max((k for k, name in enumerate(names) if name.strip()), default=-1)
    wrong: list[tuple[int, list[str]]] = []
    firsts: dict[int, int] = {}  # number of cells to the first row that has as many
    widths: Counter[int] = Counter()
    more = 0
    numbers: list[int] = []
    block: list[list[str]] = []
    right = 0
    for number, row, several in rows:
        if several and swallows_rows(row, width, text.delimiter):
            raise RowsError(unmatched(text.shown, number))
        if not any(map(str.strip, row)):
            continue
        if len(row) != width:
            if not least <= len(row) <= width:
                wrong or wrong.append((number, row))
                firsts.setdefault(len(row), number)
                widths[len(row)] += 1
                more += 1
                continue
            row = row + [""] * (width - len(row))
        right += 1
        numbers.append(number)
        block.append(row)
        if len(block) == AT_ONCE:
            yield numbers, block
            numbers, block = [], []
    if wrong:
        often, times = widths.most_common(1)[0]
        title = firsts[often] if often > width and times > right else 0
        raise RowsError(_uneven(*wrong[0], width, more, text, title))
    if block:
        yield numbers, block


def _numbered(text: Text) -> Iterator[tuple[int, list[str], bool]]:
    """Each row with its number and whether it takes several lines."""
    number = 0
    try:
        with open(text.path, encoding=text.codec, newline="") as handle:
            for _ in range(text.skipped):
                handle.readline()
            reader = csv.reader(handle, delimiter=text.delimiter, strict=True)
            line = 0
            for number, row in enumerate(reader, 1):
                several = reader.line_num - line > 1
                line = reader.line_num
                yield number, row, several
    except csv.Error as error:
        # The strict reader stops at the end of the file or of its limit within quotation
        # marks, and at text behind a closing one: each time in the row where one opens.
        words = unmatched(text.shown, number + 1)
        if "field limit" in str(error):
            where = f"{text.shown}, row {number + 1}"
            found = f"a cell of more than {csv.field_size_limit():,} characters"
            words = describe(where, found, hint=f"was a quotation mark not closed? {CLOSE}")
        raise RowsError(words) from None
    except UnicodeDecodeError as error:
        found = f"not {text.codec} after row {number}: {error.reason}"
        raise RowsError(describe(text.shown, found, hint="export it as CSV UTF-8")) from None


def _uneven(number: int, row: Sequence[str], width: int, rows: int, text: Text, title: int) -> str:
    """Words for rows with more or fewer cells than columns, the first of them `row`. title: the
    row that most others are as wide as, where it is likelier to be the header."""
    if title:
        hint = f"does row {title} name the columns, below a title? options: {{header: {title}}}"
    elif any("\n" in cell for cell in row):
        hint = f"does a quotation mark in this row belong there? {CLOSE}"
    elif len(row) > width:
        mark = DELIMITERS.get(text.delimiter, f"'{text.delimiter}'")
        hint = f"put texts that hold the delimiter ({mark}) between quotation marks"
    else:
        hint = "every row needs a cell (it may be empty) for each column; was the file cut off?"
    more = f"\n  {rows - 1} more such row(s)" if rows > 1 else ""
    found = f"{len(row)} cells, but the header has {width} columns"
    return describe(f"{text.shown}, row {number}", found, hint=hint) + more


def _widths(sample: str, delimiter: str, whole: bool, header: int) -> list[int]:
    """Number of cells of the sample's first rows from the header on, blank ones left out."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows: list[int] = []
    try:
        for row in itertools.islice(reader, header - 1, header + LOOKED_AT):
            if any(map(str.strip, row)):
                rows.append(len(row))
    except csv.Error:
        return rows
    # The last row of a part may be cut off.
    return rows if whole or len(rows) == 1 else rows[:-1]


def _refuse_zero_bytes(path: str | os.PathLike, codec: str, shown: str) -> None:
    if codec.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        return
    done = 0
    with open(path, "rb") as handle:
        while block := handle.read(encodings.BLOCK):
            at = block.find(b"\0")
            if at >= 0:
                found = f"not a CSV file: byte {done + at} is NUL"
                hint = "is this really a text file? export it again as CSV UTF-8 or XLSX"
                raise RowsError(describe(shown, found, hint=hint))
            done += len(block)


def _refuse_undivided(sample: str, whole: bool, header: int, delimiter: str, shown: str) -> None:
    """Raise RowsError for a delimiter that divides no row, where another one divides them."""
    better = likeliest(sample, whole, header)
    if better and set(_widths(sample, delimiter, whole, header)) == {1}:
        raise RowsError(
            describe(
                f"{shown}, options.delimiter",
                f"'{_word(delimiter)}' makes one column of the whole file",
                hint=f"the cells are separated by: {_word(better)}; without options: {{delimiter: ...}} "
                "that is found out",
            )
        )


def _wanted(delimiter: object, shown: str) -> str:
    by_word = {word: mark for mark, word in DELIMITERS.items()} | {"\\t": "\t"}
    mark = by_word.get(str(delimiter), str(delimiter))
    if len(mark) == 1 and mark not in '"\r\n \0':
        return mark
    raise RowsError(
        describe(
            f"{shown}, options.delimiter",
            f"'{delimiter}' is no delimiter",
            [f"'{mark}' ({word})" for mark, word in DELIMITERS.items() if mark != "\t"] + ["tab"],
        )
    )


def _word(delimiter: str) -> str:
    return DELIMITERS.get(delimiter, f"'{delimiter}'")
