"""Answers whose order is known from their words, low to high; and words for no answer."""

import re
from collections.abc import Collection, Mapping, Sequence

from surveysem.text import normalise

# Each step may be worded in several ways, separated by '|'.
_LISTS = """
strongly disagree, disagree, agree, strongly agree
strongly disagree, disagree, neither agree nor disagree|neither agree or disagree|neutral|neither|undecided|not sure|neither disagree nor agree, agree, strongly agree
strongly disagree, somewhat disagree|slightly disagree, neither agree nor disagree|neither agree or disagree|neutral|neither, somewhat agree|slightly agree, strongly agree
completely disagree|totally disagree, disagree|rather disagree, neither agree nor disagree|neither agree or disagree|neutral|neither, agree|rather agree, completely agree|totally agree
strongly disagree, disagree, somewhat disagree|slightly disagree, neither agree nor disagree|neither agree or disagree|neutral|neither, somewhat agree|slightly agree, agree, strongly agree
very dissatisfied, dissatisfied|somewhat dissatisfied, neither satisfied nor dissatisfied|neutral|neither, satisfied|somewhat satisfied, very satisfied
extremely dissatisfied, somewhat dissatisfied|dissatisfied, neither satisfied nor dissatisfied|neutral|neither, somewhat satisfied|satisfied, extremely satisfied
never, rarely|seldom, sometimes|occasionally, often|frequently, always
never, rarely|seldom, often|frequently, always
very unlikely|extremely unlikely, unlikely|somewhat unlikely, neither likely nor unlikely|neutral|undecided, likely|somewhat likely, very likely|extremely likely
not at all important|unimportant, slightly important|of little importance, moderately important, important|very important, extremely important
very unfavorably|very unfavourably, somewhat unfavorably|somewhat unfavourably, neither favorably nor unfavorably (neutral)|neutral, somewhat favorably|somewhat favourably, very favorably|very favourably
very poor|terrible, poor, fair|average, good, very good|excellent
very bad, bad, neither good nor bad|average, good, very good
not at all, a little|slightly|a little bit, somewhat|moderately, quite a bit|a lot|very, extremely|very much|completely
非常不同意|完全不同意|很不同意|十分不同意, 不同意|比较不同意|不太同意, 一般|中立|不确定|既不同意也不反对, 同意|比较同意, 非常同意|完全同意|很同意|十分同意
非常不同意|完全不同意, 不同意, 有点不同意|比较不同意|稍不同意, 一般|中立|不确定, 有点同意|比较同意|稍同意, 同意, 非常同意|完全同意
非常不满意|很不满意, 不满意|比较不满意|不太满意, 一般|中立, 满意|比较满意, 非常满意|很满意
非常不符合|完全不符合|很不符合, 不符合|比较不符合|不太符合, 一般|不确定|中立, 符合|比较符合, 非常符合|完全符合|很符合
非常不重要|很不重要, 不重要|比较不重要|不太重要, 一般, 重要|比较重要, 非常重要|很重要
从不|从来没有, 很少|偶尔, 有时, 经常|常常, 总是
非常不愿意, 不愿意|不太愿意, 一般|不确定, 愿意|比较愿意, 非常愿意
totalmente en desacuerdo|muy en desacuerdo, en desacuerdo, ni de acuerdo ni en desacuerdo|neutral, de acuerdo, totalmente de acuerdo|muy de acuerdo
stimme gar nicht zu|stimme überhaupt nicht zu, stimme eher nicht zu|stimme nicht zu, teils/teils|weder noch|unentschieden, stimme eher zu|stimme zu, stimme voll zu|stimme voll und ganz zu
"""  # noqa: E501
LISTS = [
    [[normalise(word) for word in step.split("|")] for step in line.split(", ")]
    for line in _LISTS.strip().splitlines()
]
CHOOSE = re.compile(r"\b(choose|select|mark|tick|click)\b|请(选择?|勾选|点击)")
WORDS = {word for steps in LISTS for step in steps for word in step}
NO_ANSWER = re.compile(
    r"(do(es)?(n['’]?t| not) (know|(wish|want) to answer)|dk|refused?"
    r"|no ?(answer|opinion|response)|not applicable.*|n/?a"
    r"|prefer not to .*|missing|unfamiliar.*|不清楚|不知道|拒答|拒绝回答|不适用|无回答|缺失|说不清)"
)


def no_answer(text: str) -> bool:
    """Whether a value's words say that there is no answer."""
    return bool(NO_ANSWER.fullmatch(normalise(text).strip(" .()（）")))


def tells_answer(question: str, labels: Collection[str]) -> bool:
    """Whether a question says which of its answers to choose, as attention checks do."""
    text = normalise(question)
    told = [text[found.end() : found.end() + 40] for found in CHOOSE.finditer(text)]
    words = [re.escape(normalise(label)) for label in labels]
    words = [rf"\b{word}\b" if word.isascii() else word for word in words]
    return any(re.search(word, rest) for word in words for rest in told)


def in_order(values: Collection[str], every: Collection[str] = ()) -> list[str] | None:
    """All answers of the shortest known list that holds `values`, as found (in `every` too, which
    may hold what is in no list) or as the list has them; None if no list does, or if fewer than
    half of its answers were found."""
    found = {normalise(value): value for value in values}
    spelled = {normalise(value): value for value in every} | found
    for steps in sorted(LISTS, key=len):
        if set(found) <= {word for step in steps for word in step} and 2 * len(found) > len(steps):
            named = [[word for word in step if word in found] for step in steps]
            if all(len(words) <= 1 for words in named):
                return [_spelled(w or s, spelled) for w, s in zip(named, steps, strict=True)]
    return None


def _spelled(words: Sequence[str], spelled: Mapping[str, str]) -> str:
    return next((spelled[word] for word in words if word in spelled), words[0])
