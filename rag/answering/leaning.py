"""Whether a question can be understood without the conversation, and if not, what it leans on.

Invariant: a question that names what it asks about stands alone; it leans only where a cue says so, a pronoun without
anything before it that it could mean, a fragment, or an attribute (营收, price) without an owner. Where in doubt a
question stands alone, since a topic put into the wrong question spoils its search.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answering.leaning_words import EN_ATTRIBUTES, EN_BARE, GENERIC, ZH_ATTRIBUTES, ZH_BARE, ZH_EVENTS
from rag.answering.topics import content_in, dates_in, names_in, words_outside
from rag.text.folding import Folded, fold
from rag.text.question_kinds import asks_for
from rag.text.words import is_function_word, word_spans
from rag.types import Language, Span

Kind = Literal["alone", "fragment", "pronoun", "bare", "owner"]
"""`fragment`: only what differs from the last question (那2024年呢？); `pronoun`; `bare`: nothing of its own
(为什么？); `owner`: an attribute without its owner, a deed without who or what (营收是多少？ 什么时候发布的？)."""

LONGEST = 160
"""Characters of a question that leans, at most."""


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Leaning:
    """How a question leans; `span` is the fragment or the pronoun in it."""

    kind: Kind
    span: Span = NOWHERE


ALONE = Leaning("alone")


def leaning(question: str, language: Language) -> Leaning:
    """How the question leans on the conversation; `ALONE` where it does not, or is too long to."""
    if len(question) > LONGEST:
        return ALONE
    return _english(question) if language == "en" else _chinese(question)


def leans(question: str, language: Language) -> bool:
    """Whether a question needs the conversation to be understood (那阿里呢？, and in 2024?, why?, 它多少钱？)."""
    return leaning(question, language).kind != "alone"


_ZH_POLITE = r"(?:(?:请问|我想知道|想问一下|想知道|好的?|嗯|哦|谢谢|ok)[,。!\s]*)*"
_ZH_ASKS = re.compile(
    r"什么|谁|哪|多少|多久|多长|多大|多高|多远|多快|多重|有多|几[个家年月号天种款次]|怎|如何|为何|为啥|吗|是否|是不是|"
    r"有没有|能否|何时|何地|会不会|能不能|可不可以|要不要"
)
_ZH_OPEN = (
    r"(?:(?:那么?|然后|还有|另外|以及|和|跟|同|再|而|至于|关于|对于|换成|换作|如果是|要是|假如是|如果换成|相比之下|或者|"
    r"比如|比起)[,\s]*)*"
)
_ZH_FRAGMENT = re.compile(
    rf"^{_ZH_POLITE}{_ZH_OPEN}(?P<x>.*?)(?:方面|的情况|的话|那边)?(?:又|会|也)?(?:是)?呢[?!。\s]*$"
)
_ZH_STUB = re.compile(
    rf"^{_ZH_POLITE}(?P<open>{_ZH_OPEN})(?P<x>.{{1,24}}?)(?:又|也)?(?:是|有|要|卖)?(?P<how>多少|如何|怎么样|怎样)?[?!。\s]*$"
)
_ZH_EMPTY = re.compile(
    r"(?:还有|然后|其[他它](?:的|人|公司|国家|家|几家)?|别的|具体|后来|之后|以后|结果|现在|接下来|那|剩下的|另外?一[个家款种]|"
    r"(?:第[二三四五]|前|后|另外?)[一二两三]?[个家款种])?"
)
_MEASURES = "家款个位项份种次部座篇起场艘条本只台辆颗笔类届支架间名所栋群段句张片件届轮波批"
_ZH_THAT = (
    r"(?:公司|企业|集团|机构|产品|车型?|项目|模型|计划|技术|国|地区?|市|厂|书|片|剧|校|法案?|系统|平台|研究|报告|文章?|协议|"
    r"政策|药|船|馆|店|银行|团队|组织|品牌|软件|作者|基金|工程|建筑|芯片|手机|设备|方法|方案|交易|事件|决定|作品)"
)
_ZH_PRONOUN = re.compile(
    rf"它们?|(?<![其吉排利])他(?:们|(?!们|人|国|乡|山|杀|者|日))|她们?|(?<![应活本])该{_ZH_THAT}|"
    rf"(?:这|那|此|上述)(?:[一两几二三]?[{_MEASURES}]|些)(?!月|星期|世纪|季度|周末|时代|年|关于|有关|讲述|描写)(?:{_ZH_THAT}|人|事|东西|问题|数字|数据)?|"
    r"这(?=是|为|意味|会|样|对|能|有|算|说明|跟|和|与|到底|究竟|怎)|^这(?![里儿边几两三么般])|那(?=是(?:什么|谁|哪|怎|为)|为什么|意味)|"
    r"^其(?!他|它|中|实|余|次|间|后)|前者|后者|两者|二者|对方|^(?:那|这)(?=公司|车|人)"
)
_ZH_AFTER_VERB = re.compile(r"(?:了|过|着|到|给|在|于|出|成)*$")
_ZH_START = re.compile(
    rf"^{_ZH_POLITE}(?:当时|当年(?!明月)|同年|同一年|此后|之后|随后|后来(?!者|居)|(?:在|从)?(?:那|此)(?:之后|之前|以后)|另外?一[{_MEASURES}]|"
    rf"还有(?:谁|什么|哪|别的|其他|没有|吗|多少[{_MEASURES}])|相比之下|换成|换算|除此之外|除了这|有没有(?:其[他它]|别的)|具体|详细|"
    r"(?:那么?[,\s]*)(?=为什么|怎么|如何|谁|什么|哪|多少|几|还|有没有|现在|后来))"
)
_ZH_ASKS_FIRST = re.compile(
    rf"^{_ZH_POLITE}(?:大概|大约|究竟|到底|又|还|都|一共|总共|共|要|需要)*(?:"
    r"(?P<when>(?:是|从|自)?(?:什么时候|何时|哪一?[年天]|几月|几号|在哪[里儿]?|哪里|谁(?!是)))|"
    r"(?P<any>为什么|为何|为啥|多少|有多[大少高长快重远]|有(?:哪些|什么|几[个家种款]|多少[个家种款人]?)|多久|多[大高长快重远](?!模))|"
    r"(?P<how>怎么|如何))(?P<x>.*?)[?!。\s]*$"
)
# 贵吗？ 成功了吗？ 在哪个城市？
_ZH_ALONE = re.compile(rf"^{_ZH_POLITE}(?:.{{1,3}}了?吗|[在从由到]哪一?[个家座种款位些].{{1,4}})[?!。\s]*$")
_ZH_MEANING = re.compile(r"什么是|意思|何谓|定义|指什么|含义")
_ZH_TO_ME = re.compile(
    r"^(?:你好|您好|谢谢|多谢|再见)|^[你您](?:是谁|叫什么|是什么|会什么|能做什么|能干什么|可以做什么)"
)


def _chinese(question: str) -> Leaning:
    folded = fold(question)
    text = folded.text
    names, dates = names_in(question), dates_in(question)
    rest = [word for word in words_outside(question, [*names, *dates]) if word not in ZH_BARE]
    if _ZH_TO_ME.match(text):
        return ALONE
    fragment = _ZH_FRAGMENT.match(text)
    if fragment and not _ZH_ASKS.search(text):
        if _ZH_EMPTY.fullmatch(fragment["x"]):
            return Leaning("bare")
        if len(fragment["x"]) <= 24:
            return _fragment(fragment, folded)
    stub = _ZH_STUB.match(text)
    if stub and not rest and (names or dates) and _only(stub["x"]):
        asked = text.rstrip("。 ").endswith(("?", "呢")) or stub["how"] or stub["open"]
        # a name with 如何 or 怎么样 asks about that name
        if asked and not (names and stub["how"] in ("如何", "怎么样", "怎样") and not stub["open"]):
            return _fragment(stub, folded)
    pronoun = _chinese_pronoun(question, folded)
    if pronoun:
        return pronoun
    if not names and not rest:
        return Leaning("fragment", dates[0]) if dates else Leaning("bare")
    if names:
        return ALONE
    if _ZH_START.match(text) and len(rest) <= 3:
        return Leaning("bare")
    if not _ZH_MEANING.search(text) and all(word in ZH_ATTRIBUTES for word in rest):
        return Leaning("owner")
    return Leaning("owner") if _asks_of_nothing(text, rest) else ALONE


def _only(x: str) -> bool:
    """Whether a stub asks nothing itself."""
    return not _ZH_ASKS.search(x) and not x.endswith(("是", "在"))


def _asks_of_nothing(text: str, rest: Sequence[str]) -> bool:
    """Whether a short question has a predicate and no subject: 什么时候发布的？ 为什么下跌？"""
    first = _ZH_ASKS_FIRST.match(text)
    # a compound is followed by its parts
    whole = [word for word in rest if not any(word != other and word in other for other in rest)]
    if len(whole) == 1 and _ZH_ALONE.match(text):
        return True
    if not first or len(whole) > 1 or len(first["x"]) > 7:
        return False
    happened = first["x"].endswith(("的", "了", "过")) or whole[0] in ZH_EVENTS
    if first["any"]:
        return True
    return happened and (first["how"] is None or first["x"].endswith("的"))


def _chinese_pronoun(question: str, folded: Folded) -> Leaning | None:
    match = _ZH_PRONOUN.search(folded.text)
    if match is None:
        return None
    span = Span(*folded.original_span(*match.span()))
    before = question[: span.start]
    if names_in(before):
        return None
    # the verb that the pronoun is the object of
    governed = _ZH_AFTER_VERB.sub("", folded.text[: match.start()])
    words = [w for w in word_spans(governed) if not is_function_word(w.text) and not w.text[0].isdigit()]
    words = [w for w in words if w.end < len(governed) and w.text not in GENERIC and w.text not in ZH_BARE]
    return None if words and dates_in(before) != content_in(before) else Leaning("pronoun", span)


def _fragment(match: re.Match[str], folded: Folded) -> Leaning:
    return Leaning("fragment", Span(*folded.original_span(*match.span("x"))))


_EN_CONNECTIVE = re.compile(
    r"^(?:(?:and|but|so|or|then|also|okay|ok|well|now|right|thanks|next|hmm|plus)\b[\s,.!]*)+", re.I
)
_EN_ABOUT = re.compile(
    r"^(?:what|how) (?:about|of) (?P<x>.+?)[?.!\s]*$|"
    r"^(?:the )?same (?:question |thing )?(?:for|with|about) (?P<y>.+?)[?.!\s]*$|"
    r"^(?:compared (?:to|with)|versus|vs\.?|relative to) (?P<z>.+?)[?.!\s]*$",
    re.I,
)
_EN_ASKS = re.compile(
    r"\b(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|"
    r"should|may|might|tell|explain|list|give|show|describe|compare|name|summari[sz]e)\b",
    re.I,
)
_EN_PREPOSITION = re.compile(
    r"^(?:in|for|at|on|by|from|to|with|since|until|before|after|during|under|over|of|as of|the)\b", re.I
)
_EN_ELSE = re.compile(
    r"^(?:(?:what|who|where|how|when|why|anything|anyone) else|(?:which|what) ones?|(?:the |any |and the )?others?|"
    r"another one|the other one|tell me more|more details|how so|why not|since when|for how long|by whom|by how much|"
    r"such as|like what|compared to what|to what extent)\b",
    re.I,
)
_EN_THING = r"(?:company|firm|author|article|deal|project|product|startup|former|latter)"
_EN_PRONOUN = re.compile(
    r"\b(?:it(?:'s)?|its|they|them|their|theirs|he|him|his|she|her|hers|both of them|"
    # the company, but not the company that makes …
    rf"(?:the|this|that) {_EN_THING}(?:'s)?(?! (?:about|on|that|which|who|from|of|in|behind|with|called|named)\b)|"
    r"(?:this|these|those)(?! (?:years?|months?|weeks?|century|decade|morning|days|time|who)\b)"
    r"(?: (?!is\b|was\b|are\b|were\b|mean\b|happen)[a-z]+)?|"
    r"(?:(?<=is )|(?<=was )|(?<=do )|(?<=does )|(?<=did )|(?<=about )|(?<=like )|(?<=after )|(?<=before )|(?<=of )|"
    r"(?<=for ))that|there(?=\W*$))(?![\w'])",
    re.I,
)
# "how long does it take to …", "is it true that …": nothing is meant by it
_EN_EMPTY_IT = re.compile(
    r"\b(?:does|did|will|would|can|could|do) it (?:really |still |usually |typically )?"
    r"(?:take|cost|matter|make sense|mean|feel|rain)\b[^?]{0,40}\b(?:to|for|when|if|that)\b|"
    r"\b(?:is|was|isn't|would|will) it (?:be )?(?:\w+ ){0,2}(?:to|that|for|who|if|when)\b|"
    r"\bit (?:is|was|takes?|took) \w+ (?:to|that|for)\b|\bwhat is it (?:that|like)\b|\bthat it (?:is|was)\b",
    re.I,
)
_EN_WHICH = re.compile(r"^(?:in|at|by|from|for|since|to|on|with) (?:which|what|whose) [a-z]+[?.!\s]*$", re.I)
_EN_TO_ME = re.compile(
    r"^(?:hi|hello|hey|thanks|thank you|good (?:morning|evening))\b|^(?:who|how|what) are you\b|^what can you do\b",
    re.I,
)
_EN_DETERMINER = re.compile(r"\b(?:the|an?|my|your|our|every|each|many|most|some|all|two|three|\w+'s)\s+$", re.I)
_EN_HELPER = re.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|should|may|might)\s+$", re.I
)


def _english(question: str) -> Leaning:
    text = question.replace("’", "'")
    lead = _EN_CONNECTIVE.match(text)
    begin = len(text) - len(text.lstrip()) if lead is None else lead.end()
    # what follows a connective opens a sentence, whatever its capital
    core = text[begin:].strip()
    if not core or _EN_TO_ME.match(core):
        return ALONE if lead is None else Leaning("bare")
    names, dates = names_in(core), dates_in(core)
    rest = [word for word in words_outside(core, [*names, *dates]) if word not in EN_BARE]
    about = _EN_ABOUT.match(core)
    if about:
        group = about.lastgroup or "x"
        short = len(rest) <= 3 and len(about[group].split()) <= 5
        return _english_fragment(begin, about.start(group), about.end(group)) if short else ALONE
    pronoun = _english_pronoun(core, begin)
    if pronoun:
        return pronoun
    if not names and not dates and not rest:
        return Leaning("bare")
    asked = core.endswith("?") or lead is not None
    if not _EN_ASKS.search(core) and asked and len(core.split()) <= 5:
        opens = _EN_PREPOSITION.match(core) or (not rest and (names or dates)) or all(w in EN_ATTRIBUTES for w in rest)
        if opens or lead is not None:
            end = len(core.rstrip("?.! "))
            return _english_fragment(begin, 0, end)
    if not names and not rest:
        return _english_fragment(begin, dates[0].start, dates[0].end)
    if names:
        return ALONE
    if (_EN_ELSE.match(core) or _EN_WHICH.match(core)) and len(rest) <= 1:
        return Leaning("bare")
    if lead is not None and len(core.split()) <= 6:
        return Leaning("bare")
    owned = all(word in EN_ATTRIBUTES for word in rest) and re.search(r"\bthe\b|\bhow many\b", core, re.I)
    return Leaning("owner") if owned and "definition" not in asks_for(core) else ALONE


def _english_fragment(begin: int, start: int, end: int) -> Leaning:
    return Leaning("fragment", Span(begin + start, begin + end))


def _english_pronoun(core: str, begin: int) -> Leaning | None:
    match = _EN_PRONOUN.search(core)
    if match is None or _EN_EMPTY_IT.search(core):
        return None
    before, after = core[: match.start()], core[match.end() :]
    comma = after.find(",")
    if names_in(before) or (comma >= 0 and names_in("x" + after[comma:])):
        return None
    if match.group().lower().startswith(("the ", "there")) and names_in(core):
        return None
    return None if _meant_before(before) else Leaning("pronoun", Span(begin + match.start(), begin + match.end()))


def _meant_before(before: str) -> bool:
    """Whether a noun stands before a pronoun that it could mean: after a determiner, or as a subject of its own."""
    # it is the subject of the question itself: how many employees do they have
    if _EN_HELPER.search(before):
        return False
    for word in word_spans(before):
        if is_function_word(word.text) or word.text in GENERIC or word.text in EN_BARE or word.text[0].isdigit():
            continue
        ahead = before[: word.start]
        if _EN_DETERMINER.search(ahead) or (_EN_HELPER.search(ahead) and content_in(before[word.end :])):
            return True
    return False
