"""The rows of a draft's CSV files: names that the study can hold, and what to confirm."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveysem.intake.raw import RawTable
from surveysem.study.draft import vocabulary
from surveysem.study.draft.answers import Seen
from surveysem.study.draft.keying import FEWEST_ROWS, against
from surveysem.study.draft.pooled import Pooled
from surveysem.study.draft.scales import Guess
from surveysem.study.rows import NAME
from surveysem.study.tables import RESERVED
from surveysem.text import normalise, text_key

HYPOTHESES = ["id", "tier", "kind", "from", "via", "to", "sign", "contrast", "groups", "design",
              "sesoi"]  # fmt: skip
LONGEST_NAME = 40
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Drafted:
    """The files' rows under their headers; item names by column."""

    language: str
    instrument: list[list]
    responses: list[list]
    constructs: list[list]
    items: Mapping[Seen, str]


def language_of(guesses: Sequence[Guess]) -> str:
    """zh where questions or answers are in Chinese, otherwise en."""
    texts = [c.question for g in guesses for c in g.columns]
    texts += [label for g in guesses for _, label in g.kind.steps.values()]
    chinese = sum(bool(CHINESE.search(text)) for text in texts)
    return "zh" if 2 * chinese > sum(map(bool, texts)) - sum(t.isdigit() for t in texts) else "en"


def rows(tables: Sequence[RawTable], pooled: Pooled, asked: Mapping[Seen, list[str]]) -> Drafted:
    """Rows of instrument, responses and constructs. tables: of the exports. asked: groups of the
    items that not all groups answered."""
    guesses = pooled.guesses
    language = language_of(guesses)
    names = item_names(guesses)
    worded: dict[str, str] = {}
    codes = construct_codes(guesses, set(names.values()))
    scales = _scales(guesses)
    instrument = [["item", "construct", language, "groups", "reverse", "responses", "confirm"]]
    for g, code, scale in zip(guesses, codes, scales, strict=True):
        turned = against(tables[g.columns[0].export], g)
        for c in g.columns:
            r = turned.get(c.at) if c.export == g.columns[0].export else None
            remark = _item_remark(pooled.places[c], c, names[c], g, code, r)
            groups = ";".join(asked.get(c, ()))
            remark += "; groups: nobody else answered it" if groups else ""
            key = text_key(c.question)
            if key and worded.setdefault(key, names[c]) != names[c]:
                remark += f"; worded as {worded[key]} is: one question twice, or text left out?"
            instrument.append([names[c], code, _one_line(c.question), groups, 0, scale, remark])
    responses, told = [["scale", "code", language, "confirm"]], set()
    for g, scale in zip(guesses, scales, strict=True):
        if scale not in told:
            told.add(scale)
            responses += _answer_rows(scale, g)
    constructs = [["code", f"name_{language}", "role", "confirm"]]
    for g, code in zip(guesses, codes, strict=True):
        remark = f"guessed from {g.source} ({len(g.columns)} items): do they measure one thing?"
        if len(g.columns) > 12:
            remark += " So many items often are several scales: split them"
        elif len(g.columns) == 1:
            remark = "one item alone: has the scale more?"
        name = _one_line(g.name or code)
        if len(name) > LONGEST_NAME:  # of a matrix: figures and tables need something short
            name, remark = code, f"{remark} '{name}'"
        constructs.append([code, name, "", f"{remark}; name and role"])
    return Drafted(language, instrument, responses, constructs, names)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def item_names(guesses: Sequence[Guess]) -> dict[Seen, str]:
    """Item name by column: the column's own where a study can use it."""
    taken, names = set(RESERVED), {}
    columns = [c for g in guesses for c in g.columns]
    for c in columns:
        if NAME.match(c.name) and c.name not in taken:
            names[c] = c.name
            taken.add(c.name)
    for c in (c for c in columns if c not in names):
        numbered = re.match(r"\s*[Qq]?(\d{1,3})\s*[.、:：)）]", c.name)
        path = "" if re.search(r"\s", c.name) else c.name
        base = re.sub(r"\W+", "_", path.split("/")[-1]).strip("_")
        name = f"q{numbered[1]}" if numbered else base if len(base) <= 24 else ""
        name = name if NAME.match(name) else f"q{c.at + 1}"
        names[c] = _free(name, taken)
        taken.add(names[c])
    return names


def construct_codes(guesses: Sequence[Guess], items: set[str]) -> list[str]:
    """Code of each construct: its stem in capitals, or S1, S2, ... where that is no name."""
    taken, codes = {*items, *RESERVED}, []
    for k, g in enumerate(guesses, start=1):
        plain = re.sub(r"\W+", "_", g.name).strip("_").upper()
        plain = plain if NAME.match(plain) and len(plain) <= 16 else f"S{k}"
        codes.append(_free(plain, taken))
        taken.add(codes[-1])
    return codes


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken, be it in other case."""
    folded = {other.casefold() for other in taken}
    if name.casefold() not in folded:
        return name
    k = 2
    while f"{name}_{k}".casefold() in folded:
        k += 1
    return f"{name}_{k}"


def _scales(guesses: Sequence[Guess]) -> list[str]:
    """Name of each construct's answer scale; equal answers share one, upper and lower case aside."""
    names: dict[tuple, str] = {}
    keys = []
    for g in guesses:
        steps = tuple((code, normalise(label)) for code, label in _steps(g))
        keys.append(steps)
        codes = [code for code, _ in steps]
        known = None not in codes
        base = f"from{min(codes)}to{max(codes)}".replace("-", "minus") if known else "answers"
        base = base if g.kind.how == "numbers" else f"{base}_labelled" if known else base
        if steps not in names:
            names[steps] = _free(base, set(names.values()))
    return [names[steps] for steps in keys]


def _steps(g: Guess) -> list[tuple[int | None, str]]:
    """Codes and labels of the answers; one that columns spell in upper or lower case stands once."""
    steps: dict[tuple, tuple] = {}
    for code, label in g.kind.steps.values():
        steps.setdefault((code, normalise(label)), (code, label))
    return list(steps.values())


def _odd_end(c: Seen, g: Guess) -> str:
    """The lowest or highest number of a scale without labels, where one answer alone is that: it
    widens the scale for all."""
    if g.kind.how != "numbers" or sum(c.counts.values()) < FEWEST_ROWS:
        return ""
    ends = (min(g.kind.steps, key=int), max(g.kind.steps, key=int))
    alone = [v for v in ends if sum(own.counts.get(v, 0) for own in g.columns) == 1]
    return next((v for v in alone if c.counts.get(v)), "")


def _answer_rows(scale: str, g: Guess) -> list[list]:
    remarks = {
        "labelled": "labels as the file has them",
        "known": "order taken from the words: is 1 the lowest?",
        "numbered": "numbers taken from the answers",
        "numbers": "the file has only numbers: write the labels; add codes that nobody chose",
        "texts": "order unknown: write the codes, 1 for the lowest; delete what is no answer",
    }
    seen: set[str] = set()
    out = []
    for code, label in _steps(g):
        text = _one_line(label)
        text = text if normalise(text) not in seen else f"{text} ({code})"
        seen.add(normalise(text))
        out.append([scale, "" if code is None else code, text, remarks[g.kind.how]])
    return out


def _item_remark(
    columns: Sequence[Seen | None], c: Seen, name: str, g: Guess, code: str, r: float | None
) -> str:
    """What to confirm of an item. columns: its column in each export."""
    parts = [f"{code}: from {g.source}"]
    if name != c.name:
        parts.append(f"the file's column is '{_one_line(c.name)[:60]}'")
    if not c.question:
        parts.append("write the wording")
    if vocabulary.tells_answer(c.question, [label for _, label in g.kind.steps.values()]):
        parts.append("tells what to answer: an attention check? Then columns check and pass")
    strays = list(dict.fromkeys(v for own in columns if own for v in own.counts
                                if not g.kind.has(v)))  # fmt: skip
    if strays:
        more = f" and {len(strays) - 4} more" if len(strays) > 4 else ""
        shown = ", ".join(v[:40] for v in strays[:4])
        parts.append(f"other values: {shown}{more} (mistakes, or codes for no answer?)")
    odd = _odd_end(c, g)
    if odd:
        parts.append(f"only one answered {odd}: a mistake?")
    if r is not None:
        parts.append(
            f"runs against the rest (r = {r:.2f}): if a high answer means little of {code}, set reverse to 1"
        )
    return "; ".join(parts)
