"""What kind of answer a question asks for.

Invariant: the kinds are a set, because questions are often open between several ("how much" may mean money, a share
or a count); an empty set means that nothing in the question tells.
"""

from __future__ import annotations

import re

from rag.text.folding import fold_text
from rag.text.quantity_forms import EN_CURRENCY_NAMES, ZH_CURRENCY_NAMES

_MEASURE = (
    "家|个|名|位|款|项|种|只|台|部|辆|次|条|颗|块|张|座|枚|人|用户|企业|公司|模型|参数|倍数|件|本|吨|公?斤|千克|升|公里|千米|米|厘米|页|"
    "篇|首|头|间|栋|所|场|轮|层|份(?!额)|克(?!朗)|亩|公顷|口|支|把|瓶|碗|杯|箱|包|袋|套|门|类|步"
)
_NOT_HOW = "much|many|long|often|big|large|far|high|fast|old|soon|few|come|is it that"
_MONEY = f"钱|块|{ZH_CURRENCY_NAMES}"
_TIMES = "年|个月|天|周|个?星期|个?小时|分钟|秒"
# not "which ones", "these days", "the first few", "rank which"
_FEW = "(?<![哪那这前近后头好过数每第排])几"

_CUES: tuple[tuple[str, str], ...] = (
    # Chinese, in folded (Simplified) form
    (rf"(?:多少|几)(?:{_MONEY}|资金|投资|费用|[万亿]+(?:元|美元))", "money"),
    (
        r"(?:金额|价格|售价|估值|市值|营收|收入|利润|融资额|成本|预算|规模)(?:是|为|达|有|约|大约|到|超过|"
        r"在)*(?:多少|多大|几何|多高)",
        "money",
    ),
    (
        r"(?:投入|投资|融资|募资|花费|花了|耗资|斥资|出资|支出|赚|售价|卖)(?:了|到)?多少(?!家|个|名|位|人|次|项|款)",
        "money",
    ),
    (
        r"百分之(?:几|多少)|百分之几十|(?:几个|多少个?)百分点|占比|份额|市占率|占有率|比例|比率|增长率|增速|增幅|"
        r"跌幅|涨幅|几成|百分比",
        "percent",
    ),
    (rf"(?:多少|{_FEW})\s?(?:{_MEASURE})(?!月|百分点|小时|星期|民币|钱)|数量|人数", "count"),
    (r"(?:多少|几)倍", "ratio"),
    (r"几分之几|多大比例", "ratio"),
    (
        r"什么时候|何时|什么时间|哪[一]?天|哪[一]?年|哪个月|哪[一]?日|几月|几号|几日|哪月|日期|年份|(?:什么|"
        r"哪个)(?:日子|年份|日期)",
        "date",
    ),
    (r"几岁|多少岁|多大(?:岁数|年纪|年龄)|\bhow old\b", "duration"),
    (rf"(?:多久|多长时间)(?!.{{0,6}}一次)|(?:多少|{_FEW})(?:{_TIMES})(?!份|号|日)", "duration"),
    (
        r"第几|排名(?:如何|怎样|怎么样|多少|是多少|第几)|名次(?:如何|怎样|怎么样|多少|是多少|$|[?。])|几名|位居第几",
        "ordinal",
    ),
    (r"谁|何人|哪(?:一)?位|什么人|哪个人", "name_person"),
    (
        r"(?:哪|什么|哪一|哪个|何)(?:一)?(?:家|间)?(?:公司|企业|机构|厂商|组织|大学|银行|平台|券商|媒体|团队)|哪家",
        "name_org",
    ),
    (
        # "where the difference lies" asks for no place
        r"(?<![差别同因板势题键卡难强弱好赢错妙处点花]在)(?<!卡到)哪(?:里|儿)|(?<![差别同因板势题键卡])在哪(?=[?,.!。]|$)|"
        r"何地|何处|哪[个些](?:国家|城市|地区|地方|省)|什么地方",
        "place",
    ),
    (r"为什么|为何|为啥|原因|缘何|何以|凭什么|因为什么", "reason"),
    (r"哪些|有哪几|哪几(?:家|个|款|种|位|项)|列出|列举|分别是|都有谁", "list"),
    (r"(?:吗|(?<![什怎多这那要])么)(?:[?!。\s]|$)|是否|是不是|有没有|能不能|会不会|可不可以|能否|可否|对不对", "yesno"),
    (r"怎么(?!样|回事)|如何|怎样|怎么样|什么(?:方法|方式|办法)", "how"),
    (r"什么是|(?:是|指|叫)什么(?:意思)?(?:[?。\s]|$)|何谓|是指什么|的定义|的含义|是啥", "definition"),
    # English
    (
        rf"\bhow many (?:{EN_CURRENCY_NAMES})\b|"
        r"\bhow much (?:money|did .{0,60}?(?:cost|spend|raise|invest|pay)|does .{0,60}?cost|"
        r"will .{0,60}?(?:invest|spend|cost|pay))",
        "money",
    ),
    (
        r"\b(?:what|which)(?:'s)? (?:[a-z'-]+ ){0,5}?(?:price|cost|valuation|revenue|market cap|market size|"
        r"budget|amount|salary)\b",
        "money",
    ),
    (
        r"\bwhat (?:percentage|percent|share|proportion|fraction)|\bhow many percent|\bmarket share\b|"
        r"\bpercentage\b|\bgrowth rate\b",
        "percent",
    ),
    (
        rf"\bhow many (?!(?:{EN_CURRENCY_NAMES})\b|percent|times (?:more|larger|higher|faster|bigger|as)|"
        r"years|months|weeks|days|hours|minutes)|\bwhat number of\b|\bwhat(?:'s| is| was) the (?:total )?number of\b",
        "count",
    ),
    (
        r"\bhow many times (?:more|larger|higher|faster|bigger|as)|\bby what factor|\bwhat (?:ratio|fraction|multiple)",
        "ratio",
    ),
    (
        r"\bwhen\b(?! it comes)|\b(?:what|which) (?:date|day|year|month|time)|\bas of (?:what|which)|\bsince when|"
        r"\bwhat(?:'s| is| was) (?:the |its )?(?:[a-z-]+ )?(?:date|day|year)\b"
        r"(?! [a-z]+\b(?<! of)(?<! when)(?<! that))",
        "date",
    ),
    (r"\bhow long\b|\bhow many (?:years|months|weeks|days|hours|minutes)", "duration"),
    (
        r"\b(?:what|which) (?:rank|place|position)|\bhow (?:does|do|did|high|low|well)\b.{0,40}\brank\b|"
        r"\bwhere (?:does|did|do) .{0,60}\brank\b|\brank(?:ed|ing)? (?:of|is)",
        "ordinal",
    ),
    (
        r"\bwho(?:m|se)?\b|\bname of the (?:(?:wo)?man|person)\b|"
        r"\bwhich (?:person|ceo|founder|analyst|executive|researcher|official)",
        "name_person",
    ),
    (
        r"\b(?:which|what) (?:[a-z-]+ ){0,2}?(?:company|firm|startup|organi[sz]ation|agency|institution|bank|"
        r"university|vendor|lab|platform)\b",
        "name_org",
    ),
    (
        # nor do "sectors where", and "where does it rank"
        r"(?:^\W*|[,;:.!?–—-] |\b(?:and|or|but|from|to|know|knows|tell|me|say|says|said|exactly|out|of) )"
        r"where\b(?! (?:does|did|do) .{0,60}\b(?:rank|stand|get|money|funds|figures|data|numbers|idea|name|income)\b)|"
        r"\b(?:which|what) (?:countr(?:y|ies)|cit(?:y|ies)|regions?|place|states?|provinces?)\b",
        "place",
    ),
    (
        r"\bwhy\b|\bhow come\b|\b(?:what|which) (?:is|was|are|were)?\s?(?:the )?(?:reason|cause)|\bwhat (?:caused|"
        r"led to)",
        "reason",
    ),
    (
        r"\b(?:which|what) (?:[a-z-]+ ){0,2}?(?:companies|firms|startups|models|countries|apps|products|factors|"
        r"reasons|steps|names|"
        r"features|vendors|chipmakers|investors|organi[sz]ations)\b|\blist\b|\bname (?:all|the|some|three|two)|"
        r"\bwhat are\b|\bwho are\b",
        "list",
    ),
    (
        r"^\W*(?:and |but |so )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|"
        r"isn't|aren't|doesn't|"
        r"didn't|don't)\b(?! not\b)",
        "yesno",
    ),
    (rf"\bhow\b(?!\s(?:{_NOT_HOW})\b)|\bin what way|\bby what means", "how"),
    (
        r"\bwhat(?:'s| is| are| does)\s(?:an? |the )?[^?]{1,60}?\bmeans?\b|\bwhat(?:'s| is) (?:an? )?(?!the\b|"
        r"its\b|their\b|your\b)[\w-]+(?:\s[\w-]+){0,3}\s?\??$|"
        r"\bdefine\b|\bdefinition of\b|\bwhat does .{0,60}\bmean\b",
        "definition",
    ),
)
_VALUES = frozenset({"money", "percent", "count", "date", "duration", "ordinal", "ratio"})
_PATTERNS = tuple((re.compile(pattern), kind) for pattern, kind in _CUES)
_SEVERAL = re.compile(rf"{_FEW}(?=(?:{_MEASURE}|{_TIMES}))")
_ASKS_OTHERWISE = re.compile(r"为什么|为何|为啥|如何|怎么|怎样|谁|哪(?!几)|什么|吗[?。\s]*$")
_OPEN_AMOUNT = re.compile(r"\bhow (?:much|big|large|high)\b|\bhow did .{0,40}\b(?:grow|fall)\b")
_OPEN_NUMBER = re.compile(rf"多少(?!{_MEASURE}|{_MONEY}|倍|百分点|{_TIMES})|多大|多高|多重|多远|多深|多宽|多厚|多快")


# "when it was asked, what did it say" asks for no date, "when was it asked" does
_WHILE = re.compile(
    r"\bwhen (?!(?:exactly )?(?:did|does|do|was|were|is|are|will|would|can|could|has|had|have|should)\b)"
)
_ASKS_BESIDE_WHEN = re.compile(r"\b(?:what|who|whom|whose|which|where|why|how)\b")
_RELATIVE_WHO = re.compile(
    r"(\b(?:what|which|when|where|why|how)\b[^,;]*? "
    r"(?!(?:and|or|but|of|by|to|for|from|with|about|know|say|said) )[a-z]+ )"
    r"who(?:se|m)?\b"
)
# the answer may be that nobody said how many
_WHETHER_TOLD = re.compile(
    r"(?:有没有|是否|有)(?:公布|透露|披露|宣布)(?!的|了)|"
    r"^\W*(?:did|has|have)\b.{0,60}\b(?:disclosed?|revealed?|announced?|published?)\b"
)
# what is typed without any word that asks: total income of 2023
_NO_WORD_ASKS = re.compile(
    r"^(?!.*(?:[什怎那这多要]么|多少|几|谁|哪|何|怎|咋|啥|吗|呢|多[久长大高远深重宽厚快]|是不是|有没有|是否|[能可]否|请|"
    r"\b(?:what|which|who|whom|whose|when|where|why|how|tell|list|name|give|is|are|was|were|do|does|did|has|have|had|"
    r"can|could|will|would|should)\b))"
)
_HEADLINES = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(?:收入|营收|利润|价格|售价|成本|估值|市值|融资额|金额|预算|工资|薪资|费用|票价|投资额)\W*$", "money"),
        (
            r"^\W*(?:the |total |average |annual )*"
            r"(?:price|cost|revenue|income|valuation|budget|profit|fee|salary) of\b|"
            r"\b(?:price|cost|revenue|income|valuation|budget|profit|fee|salary)\W*$",
            "money",
        ),
        (
            r"(?:下载量|用户数|销量|产量|次数|总数|参数量|月活|日活|票数|人口|访问量|面积|长度|高度|深度|重量)\W*$",
            "count",
        ),
        (r"^\W*(?:the |total )*number of\b|\b(?:downloads|population)\W*$", "count"),
        (r"^\W*(?:the |market )*(?:share|proportion) of\b", "percent"),
        (r"时间\W*$|\b(?:release|launch|opening|publication|founding) date\b", "date"),
    )
)


def asks_for(question: str) -> frozenset[str]:
    """The kinds of value or answer a question in any of the three languages asks for; empty when nothing tells.

    Quantities: `money`, `percent`, `count`, `date`, `duration`, `ordinal`, `ratio`. Others: `name_person`,
    `name_org`, `place`, `reason`, `list`, `yesno`, `how`, `definition`.
    """
    folded = fold_text(question).replace("’", "'").strip()
    if _ASKS_OTHERWISE.search(folded):
        # 几 beside another word that asks means "several": why did some of them leave
        folded = _SEVERAL.sub("数", folded)
    if _ASKS_BESIDE_WHEN.search(folded):
        folded = _WHILE.sub("while ", folded)
    # the woman who planned it: what is asked of her is said before
    folded = _RELATIVE_WHO.sub(r"\1that", folded)
    cues = (*_PATTERNS, *_HEADLINES) if _NO_WORD_ASKS.match(folded) else _PATTERNS
    kinds = {kind for pattern, kind in cues if pattern.search(folded)}
    is_open = _OPEN_AMOUNT.search(folded) or _OPEN_NUMBER.search(folded)
    if is_open and not kinds & {"money", "percent", "count", "ratio"}:
        kinds |= {"money", "percent", "count"}
    if len(kinds) > 1:
        # 原因是什么 asks for a reason, not for what a word means
        kinds.discard("definition")
    if _WHETHER_TOLD.search(folded):
        kinds -= _VALUES
    return frozenset(kinds)
