"""The key behind respondents' pseudonyms: a study's own secret, or a published one.

Keyed hashes (BLAKE2b) cannot be turned back by trying all ids, unless one has the key. It is
made at first use and stays in the study's folder, outside git and results: whoever has it can
link the waves of a panel, and who loses it gets other pseudonyms in all waves.
"""

import os
import secrets
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

KEY = Path(".surveysem") / "respondent.key"


def pseudonyms(full: Mapping, root: Path) -> dict[str, str]:
    """What a plan says of the key: `published` (of synthetic data), or `file` and fingerprint.

    The fingerprint makes a run notice another key. Makes the file where it does not exist.
    """
    if full["study"]["synthetic"]:
        return {"published": f"surveysem demonstration key {full['seed']}"}
    path = root / KEY
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
                handle.write(secrets.token_hex(32) + "\n")
        except FileExistsError:  # another process was faster
            pass
    fingerprint = blake2b(path.read_bytes(), digest_size=6).hexdigest()
    return {"file": str(KEY), "fingerprint": fingerprint}


def read_key(told: Mapping[str, str], root: Path = Path()) -> str:
    """The key that `pseudonyms` told of."""
    if "published" in told:
        return told["published"]
    return (root / told["file"]).read_text(encoding="utf-8").strip()
