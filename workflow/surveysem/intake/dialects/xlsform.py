"""The XLSForm that a KoboToolbox or ODK export was collected with: labels and choices.

See the XLSForm reference (xlsform.org): the sheet `survey` has a row a question (type, name,
label, and `label::Language (code)` for each language), the sheet `choices` a row an answer
(list_name, name, label). Workbooks are read by python-calamine, .xls and .xlsx alike.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from surveysem.errors import SurveySemError, describe
from surveysem.intake.dialects.common import count, noted, some, tidy, with_columns
from surveysem.intake.raw import Column, RawTable
from surveysem.text import normalise as folded

_LABEL = re.compile(r"label(?:\s*::?\s*(.*))?", re.IGNORECASE)
_SELECT = re.compile(
    r"(?:select[_ ](one|multiple)|rank)(?:[_ ]from[_ ]\w+)?\s+([\w.-]+)(?:\s+or[_ ]other)?"
)
_SEPARATOR = re.compile(r"[/.:-]")


class XlsFormError(SurveySemError):
    """A file that is no XLSForm."""


@dataclass(frozen=True, slots=True)
class Question:
    """A row of `survey`. labels: text by language ('' for a label without one). choices: the
    list of answers, '' where there is none. several: whether several answers can be chosen."""

    name: str
    labels: Mapping[str, str]
    choices: str = ""
    several: bool = False


@dataclass(frozen=True, slots=True)
class XlsForm:
    """file: as users know it. questions: by path, groups and name joined by '/'. choices: list
    to answer to its labels by language. languages: in the order of the form, the default first."""

    file: str
    questions: Mapping[str, Question]
    choices: Mapping[str, Mapping[str, Mapping[str, str]]]
    languages: tuple[str, ...] = field(default=("",))

    def text(self, labels: Mapping[str, str], language: str) -> str:
        """A label in one language, else in the first of the form's languages that has one."""
        return next((labels[one] for one in (language, *self.languages) if labels.get(one)), "")


def read(path: str | os.PathLike, shown: str) -> XlsForm:
    """The questions and choices of an XLSForm.

    Raises XlsFormError where the file is no workbook or has no sheet `survey` with the columns
    type and name; OSError where it cannot be opened.
    """
    import python_calamine

    with open(path, "rb"):
        pass  # the reader's own error for a missing file says less
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            sheets = {
                folded(name): [
                    [_cell(v) for v in row] for row in book.get_sheet_by_name(name).to_python()
                ]
                for name in book.sheet_names
                if folded(name) in ("survey", "choices", "settings")
            }
    except (python_calamine.CalamineError, python_calamine.PasswordError) as error:
        found = f"cannot be read as a workbook ({error})"
        raise XlsFormError(
            describe(shown, found, hint="an XLSForm is an .xlsx or .xls file")
        ) from None
    survey = _records(sheets.get("survey", []))
    if not survey or not {"type", "name"} <= set(survey[0]):
        found = "no sheet 'survey' with columns type and name"
        raise XlsFormError(
            describe(shown, found, hint="name the form that the data were collected with")
        )
    settings = _records(sheets.get("settings", []))
    default = settings[0].get("default_language", "") if settings else ""
    languages = sorted(_languages(survey[0]), key=lambda one: folded(one) != folded(default))
    choices = _choices(_records(sheets.get("choices", [])))
    return XlsForm(shown, _questions(survey), choices, tuple(languages) or ("",))


def _cell(value: object) -> str:
    """A cell's text; whole numbers without decimals."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return tidy(str(value))


def _records(rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Rows as dictionaries by heading; headings of the form's own words in small letters."""
    if not rows:
        return []
    heads = [head if _LABEL.fullmatch(head) else folded(head).replace(" ", "_") for head in rows[0]]
    return [dict(zip(heads, row, strict=False)) for row in rows[1:] if any(row)]


def _languages(row: Mapping[str, str]) -> dict[str, str]:
    """Labels of a row by language, those left empty too."""
    found = {}
    for head, text in row.items():
        match = _LABEL.fullmatch(head)
        if match:
            found[(match[1] or "").strip()] = text
    return found


def _questions(survey: Sequence[Mapping[str, str]]) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    groups: list[str] = []
    for row in survey:
        kind, name = folded(row.get("type", "")).replace("_", " "), row.get("name", "")
        if kind.startswith("begin "):
            groups.append(name)
        elif kind.startswith("end "):
            del groups[-1:]
        elif name and kind != "note":
            # The list's name keeps its capitals, which folding would lose.
            select = _SELECT.match(re.sub(r"^\w+", lambda m: m[0].lower(), row["type"]))
            several = bool(select) and select[1] == "multiple"
            path = "/".join([*filter(None, groups), name])
            listed = select[2] if select else ""
            questions[path] = Question(name, _languages(row), listed, several)
    return questions


def _choices(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, dict[str, str]]]:
    lists: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in rows:
        listed, name = row.get("list_name", ""), row.get("name", "")
        if listed and name:
            lists[listed].setdefault(name, _languages(row))
    return dict(lists)


def pick_language(form: XlsForm, wanted: str) -> str:
    """The form's name of a language given by name or code ('English (en)' for 'en').

    Raises XlsFormError where the form lacks it; '' asks for the form's first.
    """
    if not wanted:
        return form.languages[0]
    for language in form.languages:
        code = re.search(r"\(([^)]*)\)\s*$", language)
        called = (language, language.split("(")[0], code[1] if code else "")
        if folded(wanted) in map(folded, called):
            return language
    known = [language or "(labels without a language)" for language in form.languages]
    raise XlsFormError(describe(form.file, f"no labels in language '{wanted}'", known))


def with_form(table: RawTable, path: str | os.PathLike, language: str = "") -> RawTable:
    """`add_labels` from the form in a file, called by the file's name."""
    return add_labels(table, read(path, os.path.basename(path)), language)


def add_labels(table: RawTable, form: XlsForm, language: str = "") -> RawTable:
    """The table with the form's labels and value labels on the columns that it knows.

    A column is known by its path, by its variable's name where the form has one question of
    that name, or by its label where the export has labels for headers (it is then called by
    the variable's name). Best done before `normalise`, which shortens paths. Columns that the
    form lacks stay as they are, on record. Raises XlsFormError as `pick_language` does.
    """
    language = pick_language(form, language)
    find = _Finder.of(form)
    columns, labelled, unknown = [], 0, []
    for column in table.columns:
        found = find(column.name)
        if found:
            labelled += 1
            columns.append(_described(form, column, found, language))
        else:
            columns.append(column)
            unknown.append(column.name)
    words = f"{form.file}: {count(labelled, 'column')} labelled"
    if unknown:
        words += f"; not in the form: {some(unknown)}"
    return noted(with_columns(table, columns), ("xlsform", words))


@dataclass(frozen=True, slots=True)
class _Found:
    """What a column is: its question, the choice ('' for the question itself), and whether
    its header was a label."""

    question: Question
    choice: str = ""
    by_label: bool = False


@dataclass(frozen=True, slots=True)
class _Finder:
    """Looks up what a column is by its header. Names and labels that two questions share are
    left out of by_name and by_label."""

    form: XlsForm
    by_path: Mapping[str, Question]
    by_name: Mapping[str, Question]
    by_label: Mapping[str, Question]

    @classmethod
    def of(cls, form: XlsForm) -> "_Finder":
        questions = form.questions.values()
        texts = [(folded(t), q) for q in questions for t in set(q.labels.values()) if t]
        names = Counter(question.name for question in questions)
        often = Counter(text for text, _ in texts)
        return cls(
            form,
            {_SEPARATOR.sub("/", path): question for path, question in form.questions.items()},
            {question.name: question for question in questions if names[question.name] == 1},
            {text: question for text, question in texts if often[text] == 1},
        )

    def __call__(self, header: str) -> _Found | None:
        """What the column under this header is, None where the form does not say."""
        found = self._question(header)
        if found:
            return found
        for mark in "/.:-":
            above, _, last = header.rpartition(mark)
            parent = self._question(above) if above else None
            choice = self._choice(parent.question, last) if parent else ""
            if choice:
                return replace(parent, choice=choice)
        named = self.by_name.get(_SEPARATOR.sub("/", header).rpartition("/")[2])
        if named:
            return _Found(named)
        # With labels for headers, groups stand before the question: 'Group/Question?'.
        question = self.by_label.get(folded(header.rpartition("/")[2]))
        return _Found(question, by_label=True) if question else None

    def _question(self, header: str) -> _Found | None:
        path = _SEPARATOR.sub("/", header)
        named = self.by_path.get(path) or self.by_name.get(header)
        if named:
            return _Found(named)
        question = self.by_label.get(folded(header))
        return _Found(question, by_label=True) if question else None

    def _choice(self, question: Question, text: str) -> str:
        """The answer of a select_multiple that is called by its name or label, else ''."""
        known = self.form.choices.get(question.choices, {}) if question.several else {}
        if text in known:
            return text
        labels = {folded(t): c for c, labels in known.items() for t in labels.values() if t}
        return labels.get(folded(text), "")


def _described(form: XlsForm, column: Column, found: _Found, language: str) -> Column:
    """A column with what the form says of it."""
    question = found.question
    text = form.text(question.labels, language) or column.label
    answers = form.choices.get(question.choices, {})
    if found.choice:
        name = f"{question.name}/{found.choice}" if found.by_label else column.name
        own = form.text(answers[found.choice], language) or found.choice
        return replace(column, name=name, label=own, stem=text)
    # Of several answers in one cell, each is a value, the cell is none.
    one = {} if question.several else answers
    values = {value: form.text(labels, language) or value for value, labels in one.items()}
    name = question.name if found.by_label else column.name
    return replace(column, name=name, label=text, values={**values, **column.values})
