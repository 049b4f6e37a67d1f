"""Text folded to what is meant, whatever typists and exports vary."""

import html
import re
import unicodedata

_SAME = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-"}
    | dict.fromkeys(map(chr, (0xFEFF, 0x200B, 0x200C, 0x200D, 0xAD)))  # marks that print nothing
)


def normalise(text: object) -> str:
    """Fold width (NFKC), case, quotation marks and dashes, outer and repeated spaces."""
    folded = unicodedata.normalize("NFKC", str(text).translate(_SAME)).translate(_SAME)
    return " ".join(folded.casefold().split())


def text_key(text: object) -> str:
    """A question's text as letters and digits alone: spaces, punctuation and HTML aside."""
    plain = html.unescape(re.sub(r"<[^<>]{1,200}>", " ", str(text)))
    return "".join(c for c in normalise(plain) if c.isalnum())


def answer_key(answer: object) -> str:
    """An answer about a respondent as it is compared: 1, '1' and '1.0' are the same."""
    return normalise(answer).removesuffix(".0")


def number_hint(text: str) -> str:
    """How a number has to be written that is none as it stands; '' where nothing is to be seen."""
    if re.fullmatch(r"\d{1,3}([,，' ]\d{3})+", text):
        return f"write it without separators: {re.sub(r'[^0-9]', '', text)}"
    if re.fullmatch(r"[+-]?\d*[,，]\d+", text):
        return f"write a decimal point: {re.sub('[,，]', '.', text)}"
    if re.fullmatch(r"[\d.]+\s*[%％]", text):
        return f"write it without the percent sign: {text.rstrip('%％ ')}"
    return ""
