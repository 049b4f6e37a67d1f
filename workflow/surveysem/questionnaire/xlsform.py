"""The questionnaire as an XLSForm, which KoboToolbox, ODK and their kin field.

Question names are the instrument's items and choice names its codes, so that what comes
back needs no mapping.
"""

import io
import re
from collections.abc import Mapping

from surveysem.errors import SurveySemError, describe
from surveysem.questionnaire.archive import settled
from surveysem.questionnaire.blocks import Block, arrange, version
from surveysem.questionnaire.words import in_language, language_label, word

WIDEST = 7  # answers side by side on a telephone


def sheets(plan: Mapping) -> dict[str, list[list[str]]]:
    """The form's three sheets: header and rows of text."""
    languages = plan["languages"]
    labels = [f"label::{language_label(k)}" for k in languages]
    survey = [["type", "name", *labels, "appearance", "relevant", "required"], *_survey(plan)]
    choices = [["list_name", "name", *labels], *_choices(plan)]
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        [
            in_language(plan["title"], languages[0]),
            f"questionnaire_{version(plan)}",
            version(plan),
            language_label(languages[0]),
        ],
    ]
    return {"survey": survey, "choices": choices, "settings": settings}


def list_names(plan: Mapping) -> dict[str, str]:
    """Choice list of each answer scale: XLSForm's lists have names without spaces."""
    found: dict[str, str] = {}
    for scale in plan["scales"]:
        name = plain(scale)
        while name in (*found.values(), "groups", "forms"):
            name += "_"
        found[scale] = name
    return found


def plain(name: str) -> str:
    """A name that a form can have: letters, digits, underscores, dots."""
    folded = re.sub(r"[^\w.]+", "_", name)
    return folded if re.match(r"[^\W\d]", folded) else f"_{folded}"


def _words(plan: Mapping, key: str, **values) -> list[str]:
    return [word(key, language, **values) for language in plan["languages"]]


def _survey(plan: Mapping) -> list[list[str]]:
    columns, none = plan["columns"], [""] * len(plan["languages"])
    rows = [["start", "start", *none, "", "", ""], ["end", "end", *none, "", "", ""]]
    instructions = [
        in_language(plan["instructions"], k) or word("instructions", k) for k in plan["languages"]
    ]
    rows.append(["note", "instructions", *instructions, "", "", ""])
    kinds = {role: "text" for role in ("id", "project", "cluster")}
    kinds |= {"group": "select_one groups"} if plan["groups"] else {}
    kinds |= {"form": "select_one forms"} if plan["forms"] else {}
    for role in ("id", "form", "project", "cluster", "group"):
        if columns[role] and role in kinds:
            # a condition on an unanswered question would hide items that belong to the person
            required = "yes" if kinds[role] != "text" else ""
            rows.append([kinds[role], plain(columns[role]), *_words(plan, role), "", "", required])
    for number, block in enumerate(arrange(plan), start=1):
        rows += _block(plan, number, block)
    rows.append(["note", "thanks", *_words(plan, "thanks"), "", "", ""])
    return rows


def _block(plan: Mapping, number: int, block: Block) -> list[list[str]]:
    conditions = {name: _relevant(plan, plan["items"][name]) for name in block.items}
    shared = set(conditions.values())
    # without it, a person who is asked none of a block would meet an empty page
    whole = shared.pop() if len(shared) == 1 else ""
    if len(shared) > 1 and "" not in shared:
        whole = " or ".join(f"({c})" for c in sorted(shared))
    look = "likert" if len(plan["scales"][block.scale]) <= WIDEST else ""
    name, list_name = f"part_{number:02d}", list_names(plan)[block.scale]
    return [
        ["begin_group", name, *_words(plan, "part", number=number), "field-list", whole, ""],
        *(
            [
                f"select_one {list_name}",
                item,
                *(plan["items"][item]["text"][k] for k in plan["languages"]),
                look,
                conditions[item],
                "",
            ]
            for item in block.items
        ),
        ["end_group", name, *[""] * len(plan["languages"]), "", "", ""],
    ]


def _relevant(plan: Mapping, item: Mapping) -> str:
    """The XPath condition under which an item is asked; '' for everyone."""
    parts = []
    for role, key in (("group", "groups"), ("form", "forms")):
        named = [name for name in plan[key] if name in item[key]]
        if named and len(named) < len(plan[key]):
            column = plain(plan["columns"][role])
            parts.append(" or ".join(f"${{{column}}} = {_quoted(name)}" for name in named))
    return " and ".join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)


def _quoted(name: str) -> str:
    return f'"{name}"' if "'" in name else f"'{name}'"


def _choices(plan: Mapping) -> list[list[str]]:
    languages, rows = plan["languages"], []
    for scale, list_name in list_names(plan).items():
        for code, labels in plan["scales"][scale].items():
            shown = [in_language(labels, k, str(code)) for k in languages]
            rows.append([list_name, str(code), *shown])
    if plan["columns"]["group"]:
        for name, label in plan["groups"].items():
            rows.append(["groups", name, *(in_language(label, k, name) for k in languages)])
    if plan["columns"]["form"]:
        rows += [["forms", name, *[name] * len(languages)] for name in plan["forms"]]
    return rows


def workbook(plan: Mapping) -> bytes:
    """The XLSForm's bytes. Raises SurveySemError unless pyxform takes it without a warning."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets(plan).items():
        sheet = book.create_sheet(title)
        for r, row in enumerate(rows, start=1):
            for c, text in enumerate(row, start=1):
                if text:
                    cell = sheet.cell(r, c, text)
                    cell.data_type = "s"  # a wording that starts with '=' is no formula
        sheet.freeze_panes = "A2"
        for column, width in zip("ABCDEFG", (22, 18, 60, 60, 14, 40, 10), strict=True):
            sheet.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    data = settled(out.getvalue())
    convert(data)
    return data


def convert(data: bytes) -> str:
    """The XForm that pyxform makes of an XLSForm; its errors and warnings are refused."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as pyxform_convert

    warnings: list[str] = []
    try:
        result = pyxform_convert(io.BytesIO(data), warnings=warnings, file_type=".xlsx")
    except PyXFormError as error:
        warnings, result = [str(error)], None
    if warnings:
        told = "; ".join(" ".join(text.split()) for text in warnings)
        hint = "rename the item, group, form or column that it names, in the study's files"
        raise SurveySemError(describe("the XLSForm", f"pyxform says: {told}", hint=hint))
    return result.xform
