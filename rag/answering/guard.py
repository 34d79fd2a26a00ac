"""What articles and people wrote, made harmless before it is put into a prompt.

Invariant: a text that went through `neutralised` holds no citation mark and no control token of a chat template that
a tokenizer or a reader of marks would take for one, whatever it was; going through again changes nothing; every word
stays. Only the copy in the prompt changes: stored text and its offsets are never touched.

Prose is given back as it is, `a < b`, `<b>bold</b>` and `x |> f` included. What looks like a mark or a token is
shown in look-alike signs even where it is innocent: the footnote `[12]` becomes `⟦12⟧`, `x[1]` in program code
`x⟦1⟧`, `vector<size_t>` `vector‹size_t›`.
"""

from __future__ import annotations

import re

_BREAKS = str.maketrans(
    {"<": "‹", "＜": "‹", "﹤": "‹", ">": "›", "＞": "›", "﹥": "›", "|": "¦", "｜": "¦"}
    | dict.fromkeys("[［【﹇", "⟦")
    | dict.fromkeys("]］】﹈", "⟧")
)
# one sign for each sign that a tokenizer's normalisation (NFKC) or a reader of marks takes for it, length unchanged
_PLAIN = str.maketrans(
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {ord("﹤"): "<", ord("﹥"): ">", ord("【"): "[", ord("】"): "]", ord("﹇"): "[", ord("﹈"): "]"}
)
# nothing is to be seen of these: control characters, zero-width spaces, changes of direction, invisible letters
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")

_WORD = "(?:sources?|refs?|references?|citations?|documents?|docs?|id|来源|來源|资料|資料|出处|出處|引用|文档|文件)"
_ONE = rf"(?:{_WORD}\s*+[:：]?\s*+)?[\^#]?\s*+\d{{1,4}}+"
_MARK = re.compile(
    rf"\[\s*+{_ONE}(?:\s*+(?:[,，、;；&]|and|和|[-–—~～至])\s*+{_ONE})*+\s*+(?:†[^\[\]\n]*+)?\s*+\]",
    re.IGNORECASE,
)
# <|im_start|>, <｜User｜>, <|turn>, <channel|>: any pipe beside an angle
_PIPED = re.compile(r"<(?:\||(?=[^<>\n]{0,80}\|>))[^<>\n]{0,80}>")
# <start_of_turn>, <tool_call>, <seed:think>: a name that no markup language has
_NAMED = re.compile(
    r"</?(?:[A-Za-z][\w.-]{0,60}_[\w.-]{0,60}|(?:seed|minimax|mask|hy):[\w:.-]{1,60})(?:\s[^<>]{0,200})?/?>"
)
_LISTED = re.compile(
    r"</?(?:s|pad|unk|bos|eos|cls|sep|sop|eop|eod|eot|eom|eoh|eoa|bot|mask|think|thinking|thought|reasoning|answer|"
    r"response|tools?|functions?|tool|image|img|audio|video|box|ref|quad|unused\d*|reserved\d*|TOKENS_UNUSED_\d+|"
    r"0x[0-9A-F]{2})(?:[\s=][^<>]{0,200})?/?>",
    re.IGNORECASE,
)
_DOUBLE = re.compile(r"<</?[A-Z]{2,12}>>")
# the fence of the evidence, closed or not
_FENCE = re.compile(
    r"<(?=\s{0,8}/?\s{0,8}(?:sources?|conversation)(?![\w-]))|(?<=source)>|(?<=sources)>", re.IGNORECASE
)
_BRACKETED = re.compile(
    r"\[/?(?:INST|gMASK|sMASK|MASK|CLS|SEP|PAD|UNK|BOS|EOS|BOT|EOT|SYS|THINK|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|"
    r"ARGS|CALL_ID|PREFIX|MIDDLE|SUFFIX|SYSTEM_PROMPT|MODEL_SETTINGS|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|"
    r"TOOL_CONTENT|UNUSED_TOKEN_\d+|unused_?\d+|control_\d+|extra_id_\d+|start_header_id|end_header_id)\]",
    re.IGNORECASE,
)
# the tokens of MiniMax: ]~b]role … [e~[, ]~!b[, ]!p~[, ]<]speech[>[
_MINIMAX = re.compile(r"\]~!?b[\[\]]|\[e~\[|\]![a-z]~\[|\]<\](?=[^<>\[\]]{0,40}\[>\[)|\[>\[")
_PATTERNS = (_MARK, _PIPED, _NAMED, _LISTED, _DOUBLE, _FENCE, _BRACKETED, _MINIMAX)
_ROUNDS = 8


def neutralised(text: str) -> str:
    """`text` for a prompt: forged citation marks and control tokens in look-alike signs, unseen characters gone.

    Takes any text, also one with halves of surrogate pairs, and gives one that can be encoded.
    """
    text = visible(text)
    for _ in range(_ROUNDS):
        broken = _broken(text)
        if broken == text:
            return text
        text = broken
    return text.translate(_BREAKS)


def visible(text: str) -> str:
    """`text` without characters that cannot be seen, halves of surrogate pairs replaced."""
    return _HALF_A_PAIR.sub("\ufffd", _UNSEEN.sub("", text))


def neutralised_line(text: str, longest: int) -> str:
    """`neutralised` on one line without straight double quotes, at most `longest` characters: for an attribute."""
    line = neutralised(" ".join(text.split())).replace('"', "'")
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _broken(text: str) -> str:
    """Every mark and token with its brackets, angles and pipes replaced; same length."""
    plain = text.translate(_PLAIN)
    chars: list[str] | None = None
    for pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            chars = list(text) if chars is None else chars
            for at in range(match.start(), match.end()):
                chars[at] = chars[at].translate(_BREAKS)
    return text if chars is None else "".join(chars)
