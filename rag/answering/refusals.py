"""Whether what a model wrote says only that the sources do not answer.

Invariant: an answer that states something with a source behind it is no refusal, whatever else it calls unknown; only
the agreed phrase, standing as the first sentence, refuses whatever follows. Patterns are on folded text, so one
Chinese pattern is for both scripts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.answering.marks import MarkReader
from rag.answering.prompt_texts import REFUSAL_PHRASES
from rag.text.folding import fold_text
from rag.text.sentences import split_sentences

_LONGEST = 700
_LABEL = re.compile(
    r"^\s*(?:[-*>#]+\s*)?(?:\*\*)?(?:answer|response|答案|回答|回覆|回复|答)(?:\*\*)?\s*[:：](?:\*\*)?\s*", re.I
)
_EMPHASIS = re.compile(r"[*_`\"'“”‘’「」『』]+")
_NOT_WORD = re.compile(r"[\W_]+")

_EN_GIVEN = (
    r"(?:(?:given|provided|available|supplied|above|cited|retrieved|numbered|listed|current|attached|existing)\s)*"
)
_EN_SOURCES = (
    rf"(?:the |these |those |this |all |all the |your |any of the |any )?{_EN_GIVEN}(?:sources?(?: materials?)?|texts?|"
    r"passages?|documents?|articles?|context|information|excerpts?|materials?|evidence|references|search results)"
    r"(?: (?:(?:that (?:is|are|was|were) )?(?:provided|given|available|above|supplied|listed)|here|i have|at hand))?"
)
_EN_LEAD = (
    r"(?:(?:unfortunately|sorry|i'm sorry|i am sorry|i apologi[sz]e|regrettably)[, ]+(?:but )?)?"
    rf"(?:(?:based on|according to|from|given|in|within|with|on the basis of) {_EN_SOURCES}(?: alone)?,? )?"
    r"(?:it (?:seems|appears) (?:that )?)?"
)
_EN_ADVERB = (
    r"(?:(?:explicitly|directly|specifically|actually|clearly|fully|seem to|appear to|even|currently|in fact) )*"
)
_EN_VERB = (
    r"(?:contain|include|mention|provide|specify|state|say|answer|address|give|discuss|indicate|offer|have|cover|"
    r"explain|describe|disclose|reveal|list|tell|name|identify|clarify|detail|hold|refer|talk about|allow|help)"
)
_EN_KNOWLEDGE = (
    r"(?:(?:specific|direct|explicit|relevant|further|such|clear|enough|sufficient|any) )*"
    r"(?:information|mention|answer|details?)\b"
)
_EN = tuple(
    re.compile("^" + _EN_LEAD + pattern)
    for pattern in (
        rf"{_EN_SOURCES} (?:(?:do|does|did)(?: not|n't)|cannot|can't|fails? to|never) {_EN_ADVERB}{_EN_VERB}\b",
        rf"{_EN_SOURCES} (?:(?:contain|include|provide|give|offer|ha[sv]e|hold)s? (?:no|insufficient) {_EN_KNOWLEDGE}|"
        r"(?:is|are) (?:insufficient|not sufficient|not enough|silent)|lacks? )",
        rf"there(?: is|'s| are| was) (?:no|not|insufficient) {_EN_KNOWLEDGE}",
        r"i (?:cannot|can't|can not|could not|couldn't|am unable to|am not able to|was unable to) "
        r"(?:answer|find|determine|provide|say|tell|give|locate|confirm|identify)\b",
        rf"i (?:(?:do not|don't) have|did not find|didn't find|found no|have no|could find no) {_EN_KNOWLEDGE}",
        r"i (?:do not|don't) know\b",
        r"(?:the|this|that|your) question (?:cannot|can't|could not|is not|isn't|was not) (?:be )?(?:\w+ly )?"
        r"(?:answered|addressed|covered|answerable)",
        rf".{{3,120}}? (?:cannot|can't|could not|couldn't) be (?:answered|determined|found|established|derived) "
        rf"(?:from|based on|with|using|in|by) {_EN_SOURCES}",
        rf".{{3,120}}? (?:is|are|was|were)(?: not|n't) {_EN_ADVERB}(?:mentioned|specified|stated|provided|found|given|"
        rf"answered|addressed|discussed|included|covered|available|disclosed|named|described|listed) "
        rf"(?:in|by|within|from|anywhere in) (?:any of )?{_EN_SOURCES}",
        rf"(?:no|not enough|insufficient) {_EN_KNOWLEDGE}",
        rf"(?:none of|nothing in|neither of|no part of) {_EN_SOURCES}",
        rf"no {_EN_GIVEN}(?:sources?|documents?|articles?|passages?) (?:\w+ly )?{_EN_VERB}",
        r"it(?: is|'s) (?:not possible|impossible) to (?:answer|determine|say|tell|know)\b",
    )
)

_ZH_SOURCES = (
    r"(?:(?:所|您|你|我|已)?(?:提供|给出|给定|给|现有|已有|上述|以上|这些|目前|当前|可用|相关|编号|检索到|有限)的?)*(?:参考)?"
    r"(?:资料|数据源|数据|来源|文章|文档|材料|内容|信息|文本|上下文|片段|报道|原文|出处|段落)"
    r"(?:里面|当中|中|里|内|本身)?(?:的内容|的信息)?"
)
_ZH_LEAD = (
    r"(?:(?:非常|很|十分)?(?:抱歉|对不起|不好意思|遗憾)(?:的是)?,?)?(?:(?:关于|对于|至于)[^,]{1,40},)?"
    rf"(?:(?:根据|依据|基于|从|按照|按|就|依|在){_ZH_SOURCES}(?:来看|看|而言)?,?)?"
)
_ZH_NOT = r"(?:并|都|均|也|似乎|好像|暂|目前|尚)*(?:没有|没能|没|未能|未曾|未|无法|不能|不足以|不|无)"
_ZH_VERB = (
    r"(?:直接|明确|具体|详细|专门|充分|足够|任何|相关|有关|关于|能够?|可以|对此|涉及|提到|提及|提供|说明|包含|包括|回答|"
    r"解答|记载|指出|给出|交代|透露|披露|描述|介绍|列出|说|写|讲|谈|讨论|找到|得知|判断|确定|得出|查到|看出|答案)"
)
_ZH = tuple(
    re.compile("^" + _ZH_LEAD + pattern)
    for pattern in (
        rf"{_ZH_SOURCES},?{_ZH_NOT}{_ZH_VERB}",
        rf"(?:我们?|目前|暂时|现)*(?:无法|不能|没法|没办法|难以|未能)(?:(?:根据|从|由|依据|基于){_ZH_SOURCES},?|直接|准确|确切|给您?|为您?|对此)*"
        r"(?:回答|解答|得知|确定|判断|提供|作答|得出|找到|知道|确认|给出|获知|推断)",
        r"(?:我们?|目前|暂时|并)*(?:没有|没|未|未能)(?:找到|提到|提及|查到|说明|涉及)",
        r"(?:我们?|目前|暂时|并)*(?:没有|无)(?:足够|任何|相关|有关|关于)[^,]{0,40}(?:信息|资料|数据|内容|答案|说明|记载|记录|描述)",
        r"(?:(?:所?提供|现有|已有|目前|给出|上述)的?)?(?:资料|信息|数据源|数据|内容)(?:并)?不(?:足|够)",
        rf"(?:这个|该|此|您的|你的)?问题(?:在{_ZH_SOURCES})?,?(?:无法|不能|没有|找不到|得不到)[^,]{{0,16}}(?:答案|回答|解答|作答)?",
        rf"[^,]{{2,40}}(?:在|于|,){_ZH_SOURCES}{_ZH_NOT}(?:被|有)?{_ZH_VERB}",
        rf"[^,]{{2,40}}(?:无法|不能)(?:从|根据){_ZH_SOURCES}(?:得知|确定|判断|得出|回答|推断|知道)",
    )
)
# what may follow a refusal without being an answer: what the sources are about instead, and what to do now
_ASIDE = re.compile(
    rf"^(?:(?:and |so |instead,? |however,? |rather,? )*(?:they|it|{_EN_SOURCES})\b(?! (?:was|were|cost|costs)\b)|"
    r"(?:please|if you|you (?:may|might|could|can|should)|for (?:more|this|that|further)|"
    r"i (?:recommend|suggest|would|can)|let me|therefore|thus|as a result|to answer|"
    r"more |additional|further|without|would you|could you|feel free|"
    r"only )|"
    rf"(?:它们|这些|其中|因此|所以|故|请|如果|若|如需|如有|建议|您|你|需要|要回答|抱歉|欢迎|仅|只|{_ZH_SOURCES})|"
    r"(?:有?提到|提及|介绍|说明|涉及|讨论|讲述|描述|包含|主要))"
)
_CONTRAST = re.compile(
    r"[,;:]?\s*\b(?:but|however|although|though|yet|whereas|while)\b,?\s*|[,;](?:而且|而是|反而|但是?|不过|然而|可是|仅|只是|只)|(?:但是|不过|然而|反而)"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence, folded and without marks, and whether a mark stood in it; `tail` is what follows a contrast."""

    text: str
    marked: bool
    tail_marked: bool
    tail: str


def is_refusal(text: str) -> bool:
    """Whether a whole reply only says that the sources do not answer, in any of the three scripts.

    It is, where its first sentence is one of `REFUSAL_PHRASES`, or where it is short, begins with the like ("The
    sources do not mention …", 资料中没有提到…, 根據提供的資料，無法…), and says nothing else but what the sources are
    about or what to do now, without a citation.
    """
    text = _LABEL.sub("", text.strip())
    sentences = [_said(text[span.start : span.end]) for span in split_sentences(text)]
    sentences = [said for said in sentences if _NOT_WORD.sub("", said.text)]
    if not sentences:
        return False
    if _bare(sentences[0].text) in _PHRASES:
        return True
    if len(text) > _LONGEST or not _refuses(sentences[0]):
        return False
    return all(_refuses(said) or (not said.marked and _ASIDE.match(said.text)) for said in sentences[1:])


def _refuses(said: _Said) -> bool:
    if not any(pattern.match(said.text) for pattern in (*_EN, *_ZH)):
        return False
    return not said.tail or (not said.tail_marked and bool(_ASIDE.match(said.tail)))


def _said(sentence: str) -> _Said:
    reader = MarkReader()
    text, marks_at = "", []
    for token in [*reader.feed(sentence), *reader.close()]:
        text += token.text
        if token.numbers:
            marks_at.append(len(text))
    plain = _plain(text)
    contrast = _CONTRAST.search(plain)
    tail = plain[contrast.end() :].strip() if contrast else ""
    # folding may move offsets a little, the half of the sentence that a mark is in it does not
    after = contrast is not None and any(
        at > len(_EMPHASIS.sub("", text)) * contrast.start() / len(plain) for at in marks_at
    )
    return _Said(plain, bool(marks_at), after, tail)


def _plain(text: str) -> str:
    folded = fold_text(text.replace("’", "'"))
    return _EMPHASIS.sub(lambda match: "'" if match.group() == "'" else "", folded).strip(" -,:;\t")


def _bare(text: str) -> str:
    return _NOT_WORD.sub("", text)


_PHRASES = frozenset(_bare(_plain(phrase)) for phrase in REFUSAL_PHRASES.values())
