"""People in a text: Chinese names by surname and what stands beside them, English ones by capitals and titles.

Invariant: a mention slices the original text. Only names with a sign of a person beside them count (a title, a
verb of speaking), so an organisation or a product is rarely taken for one; a bare name may be missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.folding import fold_text
from rag.text.jieba_dictionary import is_listed, segment

_SURNAMES = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林罗羅高郑鄭梁谢謝宋唐许許邓鄧冯馮韩韓曹曾彭萧蕭蔡潘田董袁于余叶葉蒋蔣"
    "杜苏蘇魏程吕呂丁沈任姚卢盧傅钟鍾姜崔谭譚廖范汪陆陸金石戴贾賈韦韋夏邱方侯邹鄒熊孟秦白江阎閻薛尹段雷黎史龙龍陶贺賀顾顧毛郝龚龔"
    "邵万萬钱錢严嚴武戚莫孔向汤湯温溫康施牛樊葛邢安齐齊易伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭焦俞左柳甘祝包宁寧盤盘"
    "浦饶饒艾符谭佘柯梅骆駱路米蒲卓邬鄔"
)
_HAN = "一-鿿"
_TITLE = (
    r"(?:创始人|創始人|创办人|創辦人|首席执行官|首席執行官|执行长|執行長|董事长|董事長|总裁|總裁|总经理|總經理|总监|總監|主任|主编|院长|院長|院士|"
    r"所长|所長|教授|博士|学者|學者|专家|專家|合伙人|合夥人|分析师|分析師|工程师|工程師|研究员|研究員|研究人士|记者|記者|负责人|負責人|船长|船長|局长|局長|市长|市長|部长|部長|校长|校長|馆长|館長|委员|委員|策划人|顾问|顧問|会计|會計|技术员|技術員|理事长|理事長|老师|老師|师傅|師傅|"
    r"发言人|發言人|主席|市长|市長|部长|部長|校长|校長|馆长|館長|店长|店長|老板|老闆|律师|律師|医生|醫師|作家|设计师|設計師|"
    r"人士|先生|女士|CEO|CTO|CFO|COO|VP)"
)
_SPEAKS = (
    r"(?:表示|指出|认为|認為|称|稱|坦言|直言|说|說|宣布|透露|披露|解释|解釋|分析|强调|強調|看来|看來|介绍|介紹|预测|預測|感慨|发文|發文|提到|"
    r"始终|始終|便|就|也|亦|这样|這樣|日前|此前|向记者|向記者|观察|觀察|通过|通過)"
)
_TWO_CHARACTER_SURNAMES = (
    r"(?:欧阳|歐陽|司马|司馬|诸葛|諸葛|上官|夏侯|慕容|皇甫|尉迟|尉遲|公孙|公孫|端木|令狐|东方|東方|南宫|南宮|司徒)"
)
# words that begin like a name and often stand where one does
_NO_NAMES = (
    r"向[记記]|马上|馬上|黄金|黃金|金融|金属|金屬|高[通盛管层層校速温溫]|石油|方面|白宫|白宮|任[何务務]|"
    r"[于於]是|向来|向來|曾[经經]|[严嚴][重格]|安全|毛利|[钱錢]包|万人|萬人|周[一二三四五六日末边邊期]|何[时時以]|"
    r"江[苏蘇西]|云南|雲南|陕西|陝西|[宁寧][夏波]|安徽"
)
_NAME = (
    rf"(?!{_NO_NAMES})(?:{_TWO_CHARACTER_SURNAMES}[{_HAN}]{{1,2}}?|[{_SURNAMES}][{_HAN}]{{1,2}}?)"
    r"(?<![便就也亦向在])"
)
_CHINESE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_TITLE}(?P<n>{_NAME})(?=[，,。；：:（(、把在对對与與]|{_SPEAKS})",
        rf"(?<![{_HAN}])(?P<n>{_NAME})(?={_SPEAKS})",
        rf"(?:在|据|據)(?P<n>{_NAME})(?=看来|看來|了解|介绍|介紹)",
        rf"(?:记者|記者|文[|｜/／]|撰文|作者|编辑|編輯)\s*[|｜:：]?\s*(?P<n>{_NAME})(?=\s|$)",
    )
)
_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞĆČŁŚŠŽ", "a-zß-öø-ÿćčğłńśšžı"
_CAPITALISED = rf"(?:[A-Z]['’]|Ma?c)?[{_UPPER}][{_LOWER}]+(?:[-'’][{_UPPER}][{_LOWER}]+|-[{_LOWER}]+)?"
_ENGLISH_TITLE = (
    r"(?:[Ee]ngineer|[Aa]nalyst|[Ff]ounder|[Cc]o-founder|[Cc]hief [Ee]xecutive|CEO|CTO|CFO|[Pp]resident|[Cc]hairman|"
    r"[Cc]hairwoman|[Pp]rofessor|[Dd]irector|[Rr]esearcher|[Ee]conomist|[Ss]pokesperson|[Ss]pokesman|[Ss]pokeswoman|"
    r"[Ee]xecutive|[Mm]inister|[Ss]enator|[Mm]r\.?|[Mm]s\.?|[Mm]rs\.?|[Dd]r\.?)"
)
# "The White House said", "In New York, a man", "Last Monday a train"
_NOT_BEFORE = r"(?<!\b[Tt]he )(?<!\b[IiOo]n )(?<!\b[Aa]t )(?<!\b[Ff]rom )"
_NOT_FIRST = rf"(?:The|In|On|At|From|Last|Next|This|{_ENGLISH_TITLE})"
_ENGLISH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_ENGLISH_TITLE},? (?P<n>{_CAPITALISED}(?: [A-Z]\.)?(?: {_CAPITALISED}){{1,2}})",
        rf"\b(?:M(?:r|s|rs)|Dr)\b\.? (?P<n>{_CAPITALISED})\b",
        rf"\b{_NOT_BEFORE}(?P<n>(?!{_NOT_FIRST}\b){_CAPITALISED}(?: [A-Z]\.)?(?: {_CAPITALISED}){{1,2}})"
        r"(?=,? (?:said|says|told|argues?d?|believes?|noted|added|wrote|warned|who|an? |"
        r"the (?:founder|chief|head|director|CEO)))",
    )
)


@dataclass(frozen=True, slots=True)
class PersonMention:
    """Where a text names a person: `text[start:end]` of the original, which is `text` here."""

    start: int
    end: int
    text: str


_RUN = re.compile(rf"[{_HAN}]+")
_MAY_BE = re.compile(rf"(?:{_TWO_CHARACTER_SURNAMES}|[{_SURNAMES}])[{_HAN}]{{1,2}}")


def may_hold_bare_name(text: str) -> bool:
    """Whether a text holds a word that no dictionary has and that begins with a Chinese surname.

    Finds names without a sign of a person beside them (骆小满把账抄好), at the price of some that are none.
    """
    words = (word for run in _RUN.findall(fold_text(text)) for word in segment(run))
    return any(len(word) > 1 and _MAY_BE.fullmatch(word) and not is_listed(word) for word in words)


def is_surname(characters: str) -> bool:
    """Whether folded characters are a Chinese family name."""
    return (len(characters) == 1 and characters in _SURNAMES) or bool(re.fullmatch(_TWO_CHARACTER_SURNAMES, characters))


def find_people(text: str) -> tuple[PersonMention, ...]:
    """The people named in `text`, in order, no two overlapping."""
    found: dict[int, PersonMention] = {}
    for pattern in (*_CHINESE, *_ENGLISH):
        for match in pattern.finditer(text):
            start, end = match.span("n")
            known = found.get(start)
            if known is None or known.end < end:
                found[start] = PersonMention(start, end, text[start:end])
    apart: list[PersonMention] = []
    for start in sorted(found):
        if not apart or start >= apart[-1].end:
            apart.append(found[start])
    return tuple(apart)
