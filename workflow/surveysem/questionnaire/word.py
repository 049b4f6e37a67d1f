"""The questionnaire on paper: a Word document for one group (and form) in one language."""

import io
from collections.abc import Mapping, Sequence

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from surveysem.questionnaire.archive import settled
from surveysem.questionnaire.blocks import Block, arrange, only, version
from surveysem.questionnaire.words import in_language, word

LATIN, CHINESE, CHINESE_HEADING = "Calibri", "宋体", "黑体"
CODES = {"en": "en-US", "zh": "zh-CN"}
WIDTH, NUMBER, ANSWERS, NARROWEST = 18.0, 1.0, 8.5, 0.9  # centimetres
SHADE = "F2F2F2"


def document(plan: Mapping, target: Mapping) -> bytes:
    """The bytes of one of the plan's `documents`."""
    language = target["language"]
    doc = Document()
    _page(doc)
    _styles(doc, language)
    title = in_language(plan["title"], language)
    doc.add_paragraph(title, style="Title")
    if target["group"]:
        label = in_language(plan["groups"][target["group"]], language, target["group"])
        doc.add_paragraph(label, style="Subtitle")
    own = in_language(plan["instructions"], language)
    doc.add_paragraph(own or word("instructions", language))
    for role in ("id", "project", "cluster"):
        if plan["columns"][role]:
            doc.add_paragraph(
                f"{word(role, language)}: {'_' * 24}"
            ).paragraph_format.space_after = Pt(4)
    number = 0
    blocks = only(arrange(plan), set(target["items"]))
    for part, block in enumerate(blocks, start=1):
        if len(blocks) > 1:
            doc.add_heading(word("part", language, number=part), level=2)
        _matrix(doc, plan, block, language, number)
        number += len(block.items)
    thanks = doc.add_paragraph(word("thanks", language))
    thanks.paragraph_format.space_before = Pt(12)
    _footer(doc, plan, target)
    _properties(doc, title, language)
    out = io.BytesIO()
    doc.save(out)
    return settled(out.getvalue())


def _page(doc) -> None:
    section = doc.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21.0 - WIDTH) / 2)
    section.top_margin, section.bottom_margin = Cm(1.8), Cm(1.8)


def _styles(doc, language: str) -> None:
    """Fonts of both scripts: Word takes Chinese ones from eastAsia, not from the font's name."""
    for name, size, east in (
        ("Normal", 10.5, CHINESE),
        ("Title", 18, CHINESE_HEADING),
        ("Subtitle", 12, CHINESE_HEADING),
        ("Heading 2", 12, CHINESE_HEADING),
    ):
        style = doc.styles[name]
        style.font.name, style.font.size = LATIN, Pt(size)
        if name != "Normal":
            style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)  # a theme's font would win
        fonts.set(qn("w:eastAsia"), east)
    for name, size, bold, centred in (
        ("Head", 9.5, True, False), ("Label", 8, False, True),
        ("Statement", 10, False, False), ("Answer", 10, False, True),
    ):  # fmt: skip
        style = doc.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size, style.font.bold = doc.styles["Normal"], Pt(size), bold
        layout = style.paragraph_format
        layout.space_before = layout.space_after = Pt(2)
        layout.keep_with_next = name in ("Head", "Label")  # no header alone at a page's foot
        layout.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
    code = CODES.get(language, language)
    for lang in doc.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:eastAsia" if language == "zh" else "w:val"), code)
    doc.styles["Heading 2"].paragraph_format.keep_with_next = True


def _matrix(doc, plan: Mapping, block: Block, language: str, before: int) -> None:
    """A block as a table: a statement a row, an answer a column, the code to mark in the cell."""
    answers = plan["scales"][block.scale]
    labels = [in_language(labels, language, str(code)) for code, labels in answers.items()]
    each = max(NARROWEST, ANSWERS / max(len(labels), 5))
    widths = [NUMBER, max(4.0, WIDTH - NUMBER - each * len(labels)), *[each] * len(labels)]
    table = doc.add_table(rows=1 + len(block.items), cols=len(widths))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    _margins(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    rows = list(table.rows)
    _row(rows[0], [word("number", language), word("statement", language), *labels],
         ["Head", "Head", *["Label"] * len(labels)], widths, shade=True)  # fmt: skip
    _flag(rows[0], "w:tblHeader")
    for k, (row, item) in enumerate(zip(rows[1:], block.items, strict=True), start=1):
        texts = [str(before + k), plan["items"][item]["text"][language], *map(str, answers)]
        styles = ["Answer", "Statement", *["Answer"] * len(labels)]
        _row(row, texts, styles, widths, shade=k % 2 == 0)


def _row(row, texts: Sequence[str], styles: Sequence[str], widths, shade: bool) -> None:
    for cell, text, style, width in zip(row.cells, texts, styles, widths, strict=True):
        cell.width = Cm(width)
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        paragraph = cell.paragraphs[0]
        paragraph._p.style = style  # by id: looking it up by name is half of the time
        paragraph.add_run(text)
        if shade:
            fill = OxmlElement("w:shd")
            for key, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
                fill.set(qn(f"w:{key}"), value)
            cell._tc.get_or_add_tcPr().insert_element_before(fill, "w:vAlign")
    _flag(row, "w:cantSplit")


def _margins(table) -> None:
    """Narrow margins left and right: a long label has to fit into its column."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "50")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def _flag(row, tag: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(tag))


def _footer(doc, plan: Mapping, target: Mapping) -> None:
    """Version and order, so that paper, form and codebook can be matched; page numbers."""
    language = target["language"]
    paragraph = doc.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    order = word(plan["order"], language, seed=plan["seed"])
    parts = [word("version", language, version=version(plan)), order]
    parts += [target["form"]] if target["form"] else []
    paragraph.add_run(" · ".join(parts) + " · ").font.size = Pt(8)
    before, between, after = word("page", language, page="|", pages="|").split("|")
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        run = paragraph.add_run(text)
        run.font.size = Pt(8)
        if field:
            _field(paragraph, field)


def _field(paragraph, code: str) -> None:
    for kind in ("begin", "", "separate", "shown", "end"):
        run = paragraph.add_run("1" if kind == "shown" else "")
        run.font.size = Pt(8)
        if kind == "shown":
            continue
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.set(qn("xml:space"), "preserve")
            element.text = f" {code} "
        run._r.append(element)


def _properties(doc, title: str, language: str) -> None:
    core = doc.core_properties
    core.title, core.author, core.comments, core.language = title, "", "", language
