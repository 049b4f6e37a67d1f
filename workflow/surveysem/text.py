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
