"""Which encoding a text is in: found by trial, and said to be a guess where it is one.

Trial decoding rather than charset-normalizer: UTF-8, UTF-16 and GB18030 prove themselves
by decoding strictly, whereas a statistical guesser takes short or nearly ASCII exports for
whatever its frequencies like best. Single bytes prove nothing, so they come last, are
called assumed, and only stand for Western text.
"""

import codecs
import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

from surveysem.errors import describe, nearest
from surveysem.intake.rows import RowsError

BLOCK = 1 << 20
# utf-32's mark begins with utf-16's, so it comes first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8 with byte-order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le with byte-order mark"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be with byte-order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le with byte-order mark"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be with byte-order mark"),
)
USUAL = ("utf-8", "utf-16", "gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1251")
ASSUMED = "assumed, since it is neither UTF-8 nor Chinese: look at accented letters"
COMMON_CHINESE = 0.85  # of the characters beyond ASCII; running text has 0.95 and more
STRAY = "§¶‡†ˆ¨¯´¸±"  # Windows' reading of the Macintosh's letters
WESTERN = 0.3  # at most this share of letters beyond ASCII; French and Czech have below 0.2


def of_file(path: str | os.PathLike, shown: str, wanted: str | None = None) -> tuple[str, str]:
    """Codec of a text file and words for the finding; `wanted` overrides the search.

    The whole file decodes by the codec. Raises RowsError where none fits.
    """
    with open(path, "rb") as handle:
        head = handle.read(BLOCK)
    if wanted is not None:
        codec = _marked_codec(_known(wanted, shown), head)
        _require(path, shown, codec, "set another in options: {encoding: ...}")
        return codec, f"{wanted} (set in options)"
    for mark, codec, words in MARKS:
        if head.startswith(mark):
            _require(path, shown, codec, "the file is damaged or cut off: export it again")
            return codec, words
    wide = _unmarked_utf16(head)
    if wide and undecodable(path, wide) is None:
        return wide, wide
    wrong = undecodable(path, "utf-8")
    if wrong is None:
        return "utf-8", "utf-8"
    with open(path, "rb") as handle:
        return _beyond_utf8(handle.read(), wrong, shown)


def of_texts(texts: Sequence[bytes], shown: str) -> tuple[str, str]:
    """Codec and words for the texts of a statistics file that does not tell its own.

    A text may end within a character, since such files cut texts to a width in bytes.
    Raises RowsError where none fits.
    """
    if all(text.isascii() for text in texts):
        return "utf-8", "ascii"
    if _loosely(texts, "utf-8") is not None:
        return "utf-8", "utf-8"
    decoded = _loosely(texts, "gb18030")
    if decoded is not None and is_chinese(decoded):
        return "gb18030", "gb18030"
    return _single_byte(b"\n".join(texts), 0, shown)


def undecodable(path: str | os.PathLike, codec: str) -> int | None:
    """Position of the first byte that does not decode; None where all of them do."""
    decoder = codecs.getincrementaldecoder(codec)()
    done = 0
    with open(path, "rb") as handle:
        while True:
            block = handle.read(BLOCK)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return done - waiting + error.start
            if not block:
                return None
            done += len(block)


def is_chinese(text: str) -> bool:
    """Whether the characters beyond ASCII are mostly the common ones of Chinese: level 1 of
    GB 2312, punctuation and full width. Korean in EUC-KR decodes into level 1 as well, but
    into its first half only (hangul ends where the syllable 'sha' begins)."""
    beyond = list(itertools.islice((char for char in text if ord(char) > 127), 200_000))
    leads = [_gb2312_lead(char) for char in beyond]
    hanzi = [lead for lead in leads if 0xB0 <= lead <= 0xD7]
    common = len(hanzi) + sum(0xA1 <= lead <= 0xA3 for lead in leads)
    second_half = sum(lead >= 0xC9 for lead in hanzi)
    if not hanzi or common < COMMON_CHINESE * len(beyond):
        return False
    return len(hanzi) < 20 or second_half >= 0.05 * len(hanzi)


def _gb2312_lead(char: str) -> int:
    try:
        return char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return 0


def _beyond_utf8(data: bytes, wrong: int, shown: str) -> tuple[str, str]:
    """Codec and words for bytes that are not UTF-8, first at `wrong`."""
    replaced = data.decode("utf-8", errors="replace")
    bad = replaced.count("\ufffd")
    good = len(replaced) - len(re.sub(r"[^\x00-\x7f\ufffd]", "", replaced))
    cut = wrong >= len(data) - 3 and bad == 1
    if good > 3 * bad or (cut and good):
        found = f"byte {wrong} is not UTF-8, though the rest of the text is"
        if cut:
            found = f"the file ends within a character (byte {wrong}), so it was cut off"
        hint = "export it again as CSV UTF-8"
        raise RowsError(describe(shown, found, hint=hint))
    try:
        decoded = data.decode("gb18030")
    except UnicodeDecodeError:
        decoded = ""
    if is_chinese(decoded):
        return "gb18030", "gb18030"
    return _single_byte(data, wrong, shown)


def _single_byte(data: bytes, wrong: int, shown: str) -> tuple[str, str]:
    """Windows' or the old Macintosh's Western letters, whichever misfits less."""
    ascii_letters = len(re.findall(rb"[A-Za-z]", data))
    beyond = len(re.findall(rb"[\x80-\xff]", data))
    if re.search(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]", data):
        raise RowsError(
            describe(
                shown,
                f"not text: byte {wrong} is not UTF-8, and there are control characters",
                hint="export it again as CSV UTF-8 or XLSX, or name what it is in format:",
            )
        )
    if beyond > WESTERN * (ascii_letters + beyond):
        raise RowsError(
            describe(
                shown,
                f"byte {wrong} is not UTF-8, and the text is neither Chinese (GB18030) nor Western",
                USUAL,
                "export it as CSV UTF-8, or name its encoding in options: {encoding: ...}",
            )
        )
    mac = data.decode("mac_roman")
    try:
        windows = data.decode("cp1252")
    except UnicodeDecodeError:
        return "mac_roman", f"mac_roman ({ASSUMED})"
    codec = "mac_roman" if _misfits(mac) < _misfits(windows) else "cp1252"
    return codec, f"{codec} ({ASSUMED})"


def _misfits(text: str) -> int:
    """Capital letters and signs behind small ones, where neither stands in words."""
    pairs = re.finditer(r"(?<=[a-z])([^\x00-\x7f])(?=([a-z]?))", text)
    return sum(
        char.isupper() or char in STRAY or (bool(after) and not char.isalpha() and char not in "’‘")
        for char, after in (pair.groups() for pair in pairs)
    )


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: ASCII characters leave every other byte zero."""
    low, high = head[0::2].count(0), head[1::2].count(0)
    if not low and not high:
        return None
    codec = "utf-16-le" if high > low else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return None
    # ASCII with stray zero bytes decodes as well, into rare characters without a line's end.
    plain = sum(char < "\x80" for char in text) >= 0.05 * len(text)
    odd = any(
        unicodedata.category(char) in ("Cc", "Cn", "Co") for char in set(text) - set("\t\r\n")
    )
    return codec if plain and not odd and re.search("[\r\n]", text) else None


def _loosely(texts: Iterable[bytes], codec: str) -> str | None:
    """All texts decoded, each allowed to end within a character; None where one fails."""
    try:
        return "\n".join(codecs.getincrementaldecoder(codec)().decode(text) for text in texts)
    except UnicodeDecodeError:
        return None


def _known(wanted: str, shown: str) -> str:
    """The codec's own name, if Python has such a text encoding."""
    try:
        info = codecs.lookup(str(wanted))
        "".encode(info.name)  # refuses codecs that are no text encodings, such as hex
    except LookupError:
        near = nearest(wanted, USUAL)
        raise RowsError(
            describe(
                f"{shown}, options.encoding",
                f"'{wanted}' is no encoding",
                USUAL,
                f"did you mean '{near}'?" if near else "",
            )
        ) from None
    return info.name


def _marked_codec(codec: str, head: bytes) -> str:
    """The codec that takes a byte-order mark away where there is one."""
    if codec == "utf-8" and head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if codec in ("utf-16", "utf-16-le", "utf-16-be"):
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        return (_unmarked_utf16(head) or "utf-16-le") if codec == "utf-16" else codec
    return codec


def _require(path: str | os.PathLike, shown: str, codec: str, hint: str) -> None:
    wrong = undecodable(path, codec)
    if wrong is not None:
        raise RowsError(describe(shown, f"byte {wrong} is not {codec}", hint=hint))
