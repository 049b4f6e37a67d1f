"""Text folded to what is meant, whatever typists and exports vary."""

import unicodedata


def normalise(text: object) -> str:
    """Fold width (NFKC), case, outer and repeated spaces."""
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())
