"""Model text cut into formulas, each of whose characters knows its line and column."""

import re
from dataclasses import dataclass

from surveysem.sem.errors import ModelSyntaxError

NAME = re.compile(r"[^\W\d][\w.]*\Z|\.[^\W\d][\w.]*\Z")
BLOCK = re.compile(r"(group|level|class|block)\s*:(?!=)", re.I)
_OPERATOR = re.compile(r"=~|<~|~\*~|~~|:=|==|~|<|>|\|")
_QUOTED = re.compile(r"([\"']).*?\1")
# what a keyboard set to Chinese types beside the full-width forms of ASCII, and what is meant
_SIGNS = {"“": '"', "”": '"', "‘": "'", "’": "'", "、": ",", "。": ".", "〜": "~", "˜": "~"}
_FULL_WIDTH, _SHIFT = range(0xFF01, 0xFF5F), 0xFEE0


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula's text, and the (line, column) of each of its characters."""

    text: str
    places: tuple[tuple[int, int], ...]

    def error(self, message: str, at: int, hint: str) -> ModelSyntaxError:
        """Return an error that points at character `at`; a full-width sign gets its own hint."""
        line, column = self.places[min(at, len(self.places) - 1)]
        return ModelSyntaxError(message, line, column, full_width(message) or hint)

    def line(self, at: int = 0) -> int:
        """Line of character `at`."""
        return self.places[min(at, len(self.places) - 1)][0]

    def turn(self, at: int, part: str) -> int:
        """First character of another line in a part that starts at `at`; `at` if it has one."""
        inside = range(at, min(at + len(part), len(self.text)))
        return next((k for k in inside if self.line(k) != self.line(at)), at)


def formulas(text: str) -> list[Formula]:
    """Split text at line ends and `;`; a piece without operator continues the last."""
    found: list[Formula] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        code = re.split(r"[#!]", raw, maxsplit=1)[0]
        for piece in re.finditer(r"[^;]+", code):
            words = piece.group().strip()
            if not words:
                continue
            column = piece.start() + len(piece.group()) - len(piece.group().lstrip()) + 1
            places = tuple((number, column + k) for k in range(len(words)))
            if found and _continues(found[-1].text, words):
                last = found.pop()
                words, places = f"{last.text} {words}", (*last.places, places[0], *places)
            found.append(Formula(words, places))
    return found


def _continues(last: str, words: str) -> bool:
    if BLOCK.match(last) or BLOCK.match(words):
        return False
    return not operator(words) or bool(re.search(r"[+*(,~]\s*\Z", last))


def operator(text: str) -> re.Match | None:
    """First operator outside quotes."""
    return _OPERATOR.search(_QUOTED.sub(lambda m: "_" * len(m.group()), text))


def split(text: str, separator: str) -> list[tuple[int, str]]:
    """Split at `separator` outside brackets, quotes and numbers such as 1e+3: (start, part)."""
    parts, depth, quote, start = [], 0, "", 0
    for position, char in enumerate(text):
        if char in "\"'" and quote in ("", char):
            quote = "" if quote else char
        depth += (char == "(") - (char == ")")
        if char != separator or depth or quote:
            continue
        if separator == "+" and re.search(r"(?<![\w.])[\d.]+[eE]\Z", text[start:position]):
            continue
        parts.append((start, text[start:position]))
        start = position + 1
    return [*parts, (start, text[start:])]


def full_width(text: str) -> str:
    """Return a hint where text holds a full-width sign, else an empty string."""
    for sign in text:
        plain = _SIGNS.get(sign, "")
        if ord(sign) in _FULL_WIDTH and not sign.isalpha():
            plain = chr(ord(sign) - _SHIFT)
        if plain:
            return f"'{sign}' is a full-width sign: type '{plain}'"
    return ""
