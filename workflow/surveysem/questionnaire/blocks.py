"""Items in blocks that share an answer scale, in fixed or seeded order; the codebook."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from surveysem.job import generator
from surveysem.study.fielding import documents

CODEBOOK = ["document", "number", "part", "item", "construct", "responses", "codes", "order"]


@dataclass(frozen=True, slots=True)
class Block:
    """Items, by name, that are answered on one scale."""

    scale: str
    items: tuple[str, ...]


def arrange(plan: Mapping) -> tuple[Block, ...]:
    """The blocks of the whole instrument.

    A block is a run of rows of one construct and scale; a check joins the block that it
    stands behind, so that it does not stand out. Seeded order shuffles within a block, but
    'I answered carefully' stays last: it is about what came before.
    """
    runs: list[list[str]] = []
    items = plan["items"]
    for name, item in items.items():
        last = items[runs[-1][-1]] if runs else None
        head = items[runs[-1][0]] if runs else None
        same = last and last["scale"] == item["scale"]
        if same and (item["check"] or item["construct"] in (last["construct"], head["construct"])):
            runs[-1].append(name)
        else:
            runs.append([name])
    if plan["order"] == "seeded":
        runs = [_shuffled(names, items, plan["seed"]) for names in runs]
    return tuple(Block(items[names[0]]["scale"], tuple(names)) for names in runs)


def _shuffled(names: Sequence[str], items: Mapping, seed: int) -> list[str]:
    last = [name for name in names if items[name]["check"] == "self_report"]
    rest = [name for name in names if name not in last]
    order = generator(seed, "questionnaire", *sorted(rest)).permutation(len(rest))
    return [*(rest[k] for k in order), *last]


def only(blocks: Sequence[Block], names: Collection[str]) -> tuple[Block, ...]:
    """The blocks with just the items named; blocks without any are left out."""
    kept = [Block(b.scale, tuple(n for n in b.items if n in names)) for b in blocks]
    return tuple(block for block in kept if block.items)


def version(plan: Mapping) -> str:
    """Eight hex digits that change with anything that a respondent sees or that is coded."""
    text = json.dumps(plan, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def codebook(plan: Mapping) -> list[list]:
    """Rows under CODEBOOK: for the form and each printed questionnaire, what number is which
    item. Printed ones are the same in each language."""
    printed = {d["stem"]: d["items"] for d in documents(plan)}
    blocks, rows = arrange(plan), []
    for name, items in {"questionnaire.xlsx": list(plan["items"]), **printed}.items():
        number = 0
        for part, block in enumerate(only(blocks, set(items)), start=1):
            codes = ";".join(map(str, plan["scales"][block.scale]))
            for item in block.items:
                number += 1
                construct = plan["items"][item]["construct"]
                rows.append(
                    [name, number, part, item, construct, block.scale, codes, plan["order"]]
                )
    return rows
