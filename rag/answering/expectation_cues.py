"""The words that show what kind of thing a sentence or a question tells: reasons, endings, versions, opinions.

Invariant: the patterns read the text as it is written, in all three ways of writing.
"""

from __future__ import annotations

import re

REASON = re.compile(
    r"因为|因為|由于|由於|因(?![此素应應])|免得|以免|原因|源于|源於|得益|归功|歸功|导致|導致|所以|因此|使得|为了|為了|旨在|以便|目的|"
    r"意味着|意味著|"
    r"\bbecause\b|\bdue to\b|\bowing to\b|\bthanks to\b|\bsince\b|\bas a result\b|\bso that\b|\bin order to\b|"
    r"\bin case\b|\bdriven by\b|\bbacked by\b|\bciting\b|\breasons?\b|\btherefore\b|\bhence\b|\bthus\b|\bthat is why\b|"
    r"\baim(?:ing|s|ed)? to\b|\bsuch as\b",
    re.IGNORECASE,
)
DEFINITION = re.compile(
    r"是指|指的是|即|所谓|所謂|统称|統稱|称为|稱為|\b(?:is|are|was|were) (?:an?|the)\b|\bknown as\b|是.{0,12}的|——|\(",
    re.I,
)
SEPARATOR = re.compile(r"、|,(?!\d)|，|;|；|\band\b|\bor\b|和|与|與|以及|及")
# how organisations are called that no list knows
ORGANISATION = re.compile(
    r"[一-鿿A-Za-z](?:公司|集团|集團|银行|銀行|大学|大學|学院|學院|研究院|研究所|基金会|基金會|资本|資本|科技|实验室|實驗室|出版社|"
    r"工厂|工廠|厂商|廠商|报|報|网|網)|\b[A-Z][\w&.-]* (?:Inc|Corp|Ltd|Group|Bank|University|Institute|Labs?|Capital|"
    r"Technolog(?:y|ies))\b"
)
# how places are called that no list knows
PLACE = re.compile(
    r"[一-鿿](?:[街路村镇鎮县縣州港湾灣岛島]|广场|廣場)(?![一-鿿]{0,1}[上线線])|"
    r"\b[A-Z][\w'’]+ (?:Street|Road|Avenue|Square|River|Lake|Island|Bay|County|City)\b"
)
# companies that belong to another
COMPANIES_OF_OTHERS = frozenset({"deepseek", "alibaba-cloud", "ant-group", "tencent-cloud", "huawei-cloud", "aws"})
# that something ended, failed or was refused
ENDING = re.compile(
    r"不再|不用|停止|停掉|停用|放弃|放棄|取消|拒绝|拒絕|下架|退出|退回|撤下|撤回|撤掉|撤出|禁止|反对|反對|关闭|關閉|终止|終止|结束|結束|没有|沒有|未能|不肯|不愿|"
    r"不願|不打算|否认|否認|\bno longer\b|\bnot\b|n['’]t\b|\bnever\b|\bstop|\bquit|\brefus|\breject|\babandon|\bcancel|"
    r"\bwithdr[ae]w|\bdrop(?:ped|s|ping)?\b|\bban(?:s|ned|ning)?\b|\bkept? .{1,30} off\b|\bremov|\bend(?:ed|ing)?\b|"
    r"\bclos(?:e|ed|ing)\b|\bfail|\bden(?:y|ied)|\boppos|\bdeclin|\bgive up|\bgave up|\bwithout\b|"
    r"免费|免費|而非|而不|无需|無需|\binstead of\b|\bfree of\b",
    re.IGNORECASE,
)
# what a question holds of these words without presuming an end: whether or not, the end of March, stops on a way
NO_ENDING = re.compile(
    r"有没有|有沒有|\bend of\b|\bin the end\b|\bstops\b|\bclosed?[ -]source|\bwhether or not\b|"
    r"\bground\b.{0,40}\bgive up|\bgive up ground|赞成.{0,3}反对|贊成.{0,3}反對|"
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)n['’]t\b(?=.*\?)",
    re.IGNORECASE,
)
# a name with its version: k1.5, GPT-4o, R1
VERSION = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]+)-?(\d+(?:\.\d+)*[a-z]?)(?![A-Za-z0-9])")
# the asker's own time, and the assistant's own opinion: no article knows them
TODAY = re.compile(
    r"今天|明天|昨天|后天|後天|今晚|昨晚|这周末|這週末|"
    r"\b(?:today|tomorrow|yesterday|tonight|right now|last night)\b|"
    r"\bthis (?:morning|afternoon|evening|weekend)\b",
    re.IGNORECASE,
)
OPINION = re.compile(
    r"[你您](?:觉得|覺得|认为|認為|怎么看|怎麼看|推荐|推薦|建议|建議)|[我咱](?:们|們)?(?:应该|應該|该|該)|"
    r"\bdo you (?:think|recommend|believe)\b|"
    r"\b(?:should|shall) (?:i|we)\b|\b(?:would|can|could) you (?:recommend|suggest)\b",
    re.IGNORECASE,
)
# that the answer is to be one day
DAY = re.compile(r"哪一?[天日]|[几幾][号號日]|\b(?:what|which|exact) (?:date|day)\b", re.IGNORECASE)
NAME_LIKE = re.compile(
    r"[A-Z][\w.-]*(?: [A-Z][\w.-]*)+|(?<![.!?。！？] )(?<!^)\b[A-Z][a-z]+\w*|"
    r"[一-鿿]{2,4}(?:表示|指出|认为|認為|称|稱|说|說|宣布)"
)


def versions(text: str) -> dict[str, set[str]]:
    """The versions that stand behind each name, in lower case."""
    found: dict[str, set[str]] = {}
    for match in VERSION.finditer(text):
        found.setdefault(match.group(1).lower(), set()).add(match.group(2).lower())
    return found
