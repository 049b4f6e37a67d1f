"""What a questionnaire says beside its items, in each language."""

from collections.abc import Mapping

FALLBACK = "en"
WORDS = {
    "en": {
        "instructions": (
            "Please mark one answer in each row: the one that comes closest to your view. There "
            "are no right or wrong answers. Leave a row empty if you cannot answer it."
        ),
        "part": "Part {number}",
        "number": "No.",
        "statement": "Statement",
        "id": "Respondent's code (given by the study team)",
        "group": "Which group do you belong to?",
        "project": "Project (named by the study team)",
        "cluster": "Place (named by the study team)",
        "form": "Form of the questionnaire (named by the study team)",
        "other": "Other",
        "thanks": "Thank you for answering.",
        "version": "Version {version}",
        "fixed": "fixed order",
        "seeded": "order within parts drawn at random, seed {seed}",
        "page": "Page {page} of {pages}",
    },
    "zh": {
        "instructions": (
            "请在每一行中选择最符合您看法的一个答案。答案没有对错之分；无法回答的题目可以留空。"
        ),
        "part": "第{number}部分",
        "number": "序号",
        "statement": "题目",
        "id": "受访者编号（由调查人员填写）",
        "group": "您属于以下哪一类？",
        "project": "项目（由调查人员填写）",
        "cluster": "地区（由调查人员填写）",
        "form": "问卷版本（由调查人员填写）",
        "other": "其他",
        "thanks": "感谢您的参与！",
        "version": "版本 {version}",
        "fixed": "题目顺序固定",
        "seeded": "各部分内的题目顺序随机生成，种子 {seed}",
        "page": "第 {page} 页，共 {pages} 页",
    },
}


def word(key: str, language: str, **values) -> str:
    """One of the texts above; in English for a language that has none."""
    return WORDS.get(language, WORDS[FALLBACK])[key].format(**values)


def in_language(text: Mapping[str, str], language: str, otherwise: str = "") -> str:
    """A text by language: the one that serves all, or that of any language, if it must."""
    found = text.get(language) or text.get("*") or next(filter(None, text.values()), "")
    return found or otherwise


def language_label(language: str) -> str:
    """A language as XLSForm names it: 'English (en)'."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale(language).get_language_name(language) or language
    except (UnknownLocaleError, ValueError):
        name = language
    return f"{name[0].upper()}{name[1:]} ({language})"
