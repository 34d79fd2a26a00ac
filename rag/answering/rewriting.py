"""A follow-up question rewritten by a model: what it is asked, and what of its reply is taken.

Invariant: a reply is only taken as one question in the asker's language and script that holds every number of the
question; what is an answer, a refusal or a remark is turned down.
"""

from __future__ import annotations

import re

from rag.answering.guard import neutralised
from rag.answering.prompt_texts import TEXTS
from rag.answering.prompts import QUESTION_CHARACTERS, History, Message, is_refusal, remembered, without_marks
from rag.text.question_kinds import asks_for
from rag.text.script import detect_language, has_letters, to_script
from rag.types import Language

_TURNS = 3
_LABEL = re.compile(
    r"^(?:[-*>#]\s*)*(?:(?:the )?(?:standalone|stand-alone|rewritten|same|last|final|new)? ?(?:question|query|rewrite)"
    r"(?:[^:：?？]{0,30})|改写(?:后|后的问题|为|成)?|改寫(?:後|後的問題|為|成)?|(?:完整|独立|獨立|改写后的|改寫後的|最后一个|最後一個)?"
    r"(?:问题|問題)|问|問|q)\s*[:：]\s*",
    re.IGNORECASE,
)
_QUOTES = "“”„「」『』\"'`＂‘’*_ \t"
_ENDS = ("?", "？")
_ASKS = re.compile(
    r"什[么麼]|谁|誰|哪|多少|多久|多[长大高長]|几|幾|怎|如何|[为為]何|[吗嗎呢]|是否|是不是|有[没沒]有|能否|何[时時]|"
    r"^(?:请|請)?(?:介绍|介紹|说明|說明|解释|解釋|列出|比较|比較|总结|總結)|"
    r"^(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|"
    r"tell|explain|list|describe|compare|summari[sz]e|name|give|show)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


def rewrite_messages(question: str, language: Language, history: History) -> tuple[Message, ...]:
    """The messages that ask a model to make the question stand alone, from the last turns of the conversation."""
    texts = TEXTS[language]
    lines = []
    for asked, answered in remembered(history)[-_TURNS:]:
        lines += [texts.asked.format(text=asked), texts.answered.format(text=answered)]
    asked = neutralised(" ".join(question[:QUESTION_CHARACTERS].split()))
    lines += ["", texts.rewrite_ask.format(question=asked)]
    return Message("system", texts.rewrite), Message("user", "\n".join(lines))


def accept_rewrite(text: str, question: str, language: Language) -> str | None:
    """The question in a model's reply, in the right script; `None` where the reply is not one such question."""
    line = _one_line(text)
    if not line or without_marks(line) != line or is_refusal(line):
        return None
    if len(line) > 3 * len(question) + 60 or not has_letters(line) or not _is_question(line):
        return None
    if not set(_NUMBER.findall(question)) <= set(_NUMBER.findall(line)):
        return None
    if (detect_language(line, default=language) == "en") != (language == "en"):
        return None
    return to_script(line, language)


def _one_line(text: str) -> str:
    """The only line of a reply without label and quotes; empty where it has several."""
    lines = [line.strip() for line in text.strip().strip("`").splitlines() if line.strip()]
    if len(lines) == 2 and not _LABEL.sub("", lines[0] + ":").strip(_QUOTES + ":："):
        lines = lines[1:]
    if len(lines) != 1:
        return ""
    line = lines[0].strip("`*_ \t")
    line = _LABEL.sub("", line).strip("`*_ \t")
    if line[:1] in "“「『\"'‘" and line[-1:] in "”」』\"'’":
        line = line[1:-1]
    return " ".join(line.strip("`*_ \t").split())


def _is_question(line: str) -> bool:
    """Whether a line asks one thing: it ends like a question and has no sentence before it that states something."""
    body = line.rstrip("?？。.! ")
    if re.search(r"[。！!？?]|[.;；]\s", body):
        return False
    return line.endswith(_ENDS) or bool(_ASKS.search(line)) or ("yesno" in asks_for(line))
