"""People in a text: Chinese names by surname and what stands beside them, English ones by capitals and titles.

Invariant: a mention slices the original text. Only names with a sign of a person beside them count (a title, a
verb of speaking), so an organisation or a product is rarely taken for one; a bare name may be missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SURNAMES = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林罗羅高郑鄭梁谢謝宋唐许許邓鄧冯馮韩韓曹曾彭萧蕭蔡潘田董袁于余叶葉蒋蔣"
    "杜苏蘇魏程吕呂丁沈任姚卢盧傅钟鍾姜崔谭譚廖范汪陆陸金石戴贾賈韦韋夏邱方侯邹鄒熊孟秦白江阎閻薛尹段雷黎史龙龍陶贺賀顾顧毛郝龚龔"
    "邵万萬钱錢严嚴武戚莫孔向汤湯温溫康施牛樊葛邢安齐齊易伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭焦俞左柳甘祝包宁寧盤盘"
    "浦饶饒艾符谭佘柯梅骆駱路米蒲"
)
_HAN = "一-鿿"
_TITLE = (
    r"(?:创始人|創始人|创办人|創辦人|首席执行官|首席執行官|执行长|執行長|董事长|董事長|总裁|總裁|总经理|總經理|总监|總監|主任|主编|院长|院長|院士|"
    r"所长|所長|教授|博士|学者|學者|专家|專家|合伙人|合夥人|分析师|分析師|工程师|工程師|研究员|研究員|研究人士|记者|記者|负责人|負責人|委员|委員|策划人|顾问|顧問|"
    r"人士|先生|女士|CEO|CTO|CFO|COO|VP)"
)
_SPEAKS = (
    r"(?:表示|指出|认为|認為|称|稱|坦言|直言|说|說|宣布|透露|披露|解释|解釋|分析|强调|強調|看来|看來|介绍|介紹|预测|預測|感慨|发文|發文|提到|"
    r"始终|始終|便|就|也|亦|这样|這樣|日前|此前|向记者|向記者|观察|觀察|通过|通過)"
)
_NAME = rf"(?!向[记記])[{_SURNAMES}][{_HAN}]{{1,2}}?(?<![便就也亦向在])"
_CHINESE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_TITLE}(?P<n>{_NAME})(?=[，,。；：:（(、]|{_SPEAKS})",
        rf"(?<![{_HAN}])(?P<n>{_NAME})(?={_SPEAKS})",
        rf"(?:在|据|據)(?P<n>{_NAME})(?=看来|看來|了解|介绍|介紹)",
        rf"(?:记者|記者|文[|｜/／]|撰文|作者|编辑|編輯)\s*[|｜:：]?\s*(?P<n>{_NAME})(?=\s)",
    )
)
_CAPITALISED = r"[A-Z][a-z]+(?:[-'’][A-Z]?[a-z]+)?"
_ENGLISH_TITLE = (
    r"(?:[Ee]ngineer|[Aa]nalyst|[Ff]ounder|[Cc]o-founder|[Cc]hief [Ee]xecutive|CEO|CTO|CFO|[Pp]resident|[Cc]hairman|"
    r"[Cc]hairwoman|[Pp]rofessor|[Dd]irector|[Rr]esearcher|[Ee]conomist|[Ss]pokesperson|[Ss]pokesman|[Ss]pokeswoman|"
    r"[Ee]xecutive|[Mm]inister|[Ss]enator|[Mm]r\.?|[Mm]s\.?|[Mm]rs\.?|[Dd]r\.?)"
)
_ENGLISH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_ENGLISH_TITLE},? (?P<n>{_CAPITALISED}(?: [A-Z]\.)?(?: {_CAPITALISED}){{1,2}})",
        rf"\b(?P<n>{_CAPITALISED}(?: [A-Z]\.)?(?: {_CAPITALISED}){{1,2}})(?=,? (?:said|says|told|argues?d?|believes?|"
        r"noted|added|wrote|warned|who|an? |the (?:founder|chief|head|director|CEO)))",
    )
)


@dataclass(frozen=True, slots=True)
class PersonMention:
    """Where a text names a person: `text[start:end]` of the original, which is `text` here."""

    start: int
    end: int
    text: str


def find_people(text: str) -> tuple[PersonMention, ...]:
    """The people named in `text`, in order, each place once."""
    found: dict[int, PersonMention] = {}
    for pattern in (*_CHINESE, *_ENGLISH):
        for match in pattern.finditer(text):
            start, end = match.span("n")
            known = found.get(start)
            if known is None or known.end < end:
                found[start] = PersonMention(start, end, text[start:end])
    return tuple(found[start] for start in sorted(found))
