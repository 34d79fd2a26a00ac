"""The words by which one text denies, turns round or compares what another says, in English and folded Chinese.

Invariant: every pattern is matched against folded text (lower case, Simplified). An English form is a regular
expression between word boundaries, a Chinese one is found anywhere.
"""

from __future__ import annotations

import re


def _pattern(english: str, chinese: str) -> re.Pattern[str]:
    """Forms listed with spaces; a space inside a form is written as `_`."""
    forms = [form.replace("_", " ") for form in english.split()]
    return re.compile("|".join([rf"\b(?:{'|'.join(forms)})\b", *chinese.split()]))


NO_NEGATION = _pattern(
    "not_only not_just not_merely not_least not_alone not_confined not_limited not_simply no_doubt no_wonder "
    "no_sooner no_less no_fewer no_later no_more_than nothing_but not_until if_not whether_or_not costs?_nothing "
    "for_nothing not_as_\\w+_as not_so_\\w+_as rather_than instead_of nor",
    "无效 不完全统计 不再收费 不收费 不要钱 不如.{0,12}那么 没有.{1,14}那么 没.{1,14}那么 不仅 不只 不但 不单 不止 "
    "不过 不同 不断 不少 不久 不错 不妨 不料 不禁 不得不 不得已 不得了 不管 不论 无论 无疑 无非 非常 非洲 非但 除非 "
    "未来 未免 没准 是否 能否 可否 否则 免费 免得 以免 难免 不免 特别 分别 个别 级别 区别 类别 别人 别的 差别 告别 "
    "性别 识别 鉴别 莫过 莫名 约莫 不足 不到 不低于 不少于 不超过 不高于 不愧 不外乎 不如 不亚于 不逊 不输 无人驾驶 "
    "无限 无数 无缝 无线 无形 无穷 前所未有 不约而同 不等 不一(?!定) 不重复 不具名 莫大 非.{1,8}不可 不乏 与众不同 "
    "不解 无比 不时 不日 不惜 不菲 不利 不平等 不良 不可避免 不言而喻 不堪 不满 不动产 不由 不安 不幸 不妙 不凡 不俗 "
    "来之不易 无人机 无论如何 无端 无辜 无故 无奈 无与伦比 非正式 非营利 非政府 非法 非凡 不可或缺 不可思议 要不 "
    "不无 不一样 无所不 未必不 不忘 不吝 不朽 不胫而走 名不虚传 不相上下 不谋而合 不动声色 停滞不前 不列颠 那不勒斯 "
    "不莱梅 不来梅 不丹 不是.{1,20}就是 而不是 而非 不像.{1,16}那[样么]",
)
"""Holds a word of `NEGATION` without denying anything; bounds (不到) and comparisons (不如) are looked at "
"elsewhere."""

NEGATION = re.compile(
    _pattern(
        "not no never none nobody nothing neither nowhere without cannot hardly seldom rarely scarcely barely "
        "fail(?:s|ed|ing)? lack(?:s|ed|ing)? refus(?:e|es|ed|ing|al) declin(?:e|es|ed|ing)(?=_to) den(?:y|ies|ied) "
        "rejects? rejected unable uncertain unclear unknown unreleased unlikely unverified unproven unanswered "
        "impossible immature invisible absent absence silent silence refut(?:e|es|ed) rul(?:e|es|ed|ing)_out yet_to",
        "没有 没 未 无法 并非 绝非 无 非(?=一|独|必) 不 婉拒 拒绝 拒答 缺乏 缺少 难以 很难 否认 否定 排除 沉默 "
        "守口如瓶 空白 从缺",
    ).pattern
    + r"|n't\b"
)

SOFTENED = re.compile(
    _pattern(
        "rather instead difficult\\w* hard(?:er|ly)? un[a-z]{4,} "
        "in(?:adequate|sufficient|complete|correct|visible)\\w* im(?:possible|mature|perfect)\\w* [a-z]{3,}less "
        "avoid\\w* prevent\\w* stop\\w* ceas\\w+ los(?:e|es|ing|s) lost miss(?:es|ed|ing)? little few only short_of "
        "beyond except apart outside other_than exclud\\w+ abandon\\w* despite defy defies false bad poor\\w* "
        "weak\\w* block\\w* alone just merely barely still free too_\\w+ at_best give_up gave_up gone dispens\\w+ "
        "drop\\w* leav\\w+ left silent\\w* quiet\\w* secret\\w* lag\\w* problem\\w* doubt\\w* question\\w* "
        "open_question",
        "[不没无未非莫勿难免避防停失缺少仅只除否拒弃弱差禁忌空免脱落缓慢]",
    ).pattern
    + "|"
    + NEGATION.pattern
)
"""Says something like a negation: what one text denies, the other may express by such a word."""

OPPOSITES = tuple(
    (_pattern(left_english, left_chinese), _pattern(right_english, right_chinese))
    for left_english, left_chinese, right_english, right_chinese in (
        (
            "ris(?:e|es|en|ing) rose increas\\w+ gr[eo]w(?:s|n|ing)? growth climb\\w* gain(?:s|ed)? surg\\w+ "
            "soar\\w* jump\\w* expand\\w* widen\\w* doubl\\w+ went_up up_from upward larger bigger more(?!_than) "
            "higher",
            "上升 上涨 增加 增长 增 提高 攀升 上扬 飙升 升破 扩大 拉大 翻倍 翻番 抬高 走高 变高 高了 膨胀 放大 成长 "
            "变大 更多 更高 更大 高出",
            "fall(?:s|en|ing)? fell drop\\w* decreas\\w+ shrink\\w* shrank shrunk reduc\\w+ slid slide\\w* plung\\w+ "
            "narrow\\w* halv\\w+ declin(?:e|es|ed|ing)(?!_to) went_down down_from downward slump\\w* smaller "
            "less(?!_than) lower fewer(?!_than)",
            "下降 下跌 下滑 减少 减 降低 降到 降至 回落 缩小 萎缩 走低 跌 收窄 锐减 变小 缩 变低 低了 掉 更少 更低 "
            "更小 不如.{0,12}那么 没有.{1,14}那么 不像.{1,16}那[样么] 低(?=[0-9一二三四五六七八九十])",
        ),
        (
            "above over exceed\\w* more_than",
            "高于 多于 超过 以上 逾 突破",
            "below under less_than fewer_than",
            "低于 少于 不到 不足 以下",
        ),
        (
            "a_lot a_great_deal considerable huge large great big",
            "很大 巨大 庞大 海量 大量",
            "little small slight slightly minor",
            "很小 不大 甚微 也小 较小 微小",
        ),
        (
            "tighten\\w* stricter toughen\\w*",
            "收紧 加码 趋严 从严",
            "relax\\w* loosen\\w* eased easing lift(?:s|ed|ing)? scrap(?:s|ped)?",
            "放宽 放松 解除 松绑 取消",
        ),
        (
            "after since later following",
            "之后 以后 此后 后(?!端|台|果|续|来居)",
            "before until prior earlier ahead_of_time",
            "之前 以前 此前 前(?!沿|景|提|列|五|十|三|端|往|者|所)",
        ),
        (
            "cheap\\w* inexpensive affordable low_cost costs?_little economical less_expensive",
            "便宜 低廉 省钱 低成本 成本低 划算 价廉 花费较低 费用较低",
            "expensive costly dear pricey high_cost",
            "昂贵 贵 高价 成本高 费用高 高成本",
        ),
        (
            "strong\\w* powerful superior better outperform\\w* beat(?:s|en)? surpass\\w* overt(?:ake|akes|aken|ook) "
            "ahead ha[ds]_passed moved_past lead(?:s|ing)? led wins? won advantage outdo\\w* leader",
            "更强 强于 优于 胜过 超越 领先 赢 胜出 占优 反超 优势 更好 占上风 胜 甩在 甩开 碾压 击败 打败",
            "weak\\w* inferior worse behind lag(?:s|ged|ging)? trail\\w* los(?:e|es|ing) lost disadvantage "
            "underperform\\w*",
            "较弱 更弱 弱于 不如 落后 逊于 输给 劣势 更差 落败 不及 处于下风 败给",
        ),
        (
            "open(?:-|_)?source open(?:ed|s|ing|ness)? public",
            "开源 开放 公开",
            "clos(?:e|ed)(?:-|_)?source closed proprietary secret",
            "闭源 封闭 专有 保密 闭门",
        ),
        (
            "accept\\w* agre\\w+ support\\w* encourag\\w+ promot\\w+ welcom\\w+ approv\\w+ endors\\w+ push\\w*",
            "接受 同意 支持 鼓励 推动 欢迎 赞成 助力 提倡",
            "refus\\w+ reject\\w* oppos\\w+ discourag\\w+ ban(?:s|ned)? forbid\\w* prohibit\\w* object\\w* resist\\w*",
            "拒绝 反对 抵制 禁止 阻止 阻碍 打压 婉拒",
        ),
        (
            "fast\\w* quick\\w* rapid\\w* speed\\w* accelerat\\w+",
            "快 迅速 加速 急速",
            "slow\\w* delay\\w* gradual\\w*",
            "慢 放缓 减速 拖延 延缓 迟缓",
        ),
        (
            "eas(?:e|y|ier|iest|ily) simple simpl\\w+",
            "容易 简单 轻松 好上手",
            "difficult\\w* hard(?:er)? complicated complex",
            "困难 复杂 棘手 艰难 不易 难",
        ),
        (
            "free no_charge costs?_nothing for_nothing",
            "免费 不收费 不再收费 不要钱 零费用",
            "paid charg(?:e|es|ed|ing)(?<!of_charge) subscription_fee fee-based",
            "(?<!不)(?<!不再)收费 付费 要钱",
        ),
        (
            "succe\\w+ improv\\w+ profit\\w* benefit\\w*",
            "成功 改善 改进 盈利 获利 获益 受益",
            "fail\\w* worsen\\w* deteriorat\\w+ loss(?:es)? harm\\w* damag\\w+",
            "失败 恶化 变差 亏损 受损 损害",
        ),
        (
            "optimis\\w+ confident trust\\w* safe\\w* reassur\\w+",
            "乐观 信心 放心 信任 安全(?!风险|隐患|问题)",
            "pessimis\\w+ worr\\w+ distrust\\w* dangerous unsafe fear\\w*",
            "悲观 担忧 担心 不信任 危险 忧虑",
        ),
        (
            "well_placed well_positioned favou?rable",
            "有利于 利于 有帮助",
            "badly_placed poorly_placed poorly_positioned unfavou?rable",
            "不利于 不利",
        ),
        (
            "mild(?:er)? calm\\w* gentle\\w*",
            "缓和 温和 平缓",
            "harsh\\w* fierce\\w* intens\\w+ brutal",
            "凶 激烈 加剧 残酷 白热化",
        ),
        (
            "polite\\w* courteous friendly respectful",
            "礼貌 客气 友善 谦和",
            "rude\\w* impolite unfriendly blunt",
            "粗鲁 无礼 粗暴 不客气",
        ),
        (
            "most majority many nearly_all almost_all numerous every several",
            "多数 大部分 许多 众多 几乎全 清一色 很多",
            "few minority hardly_any scarcely_any",
            "少数 小部分 极少 几乎没有 寥寥",
        ),
        (
            "top highest maximum best peak",
            "榜首 最高 最多 最大 最好 最强",
            "bottom lowest minimum worst",
            "垫底 最低 最少 最小 最差 末位",
        ),
        (
            "ahead_of_schedule sooner",
            "提前 提早",
            "late delayed postpon\\w+ behind_schedule",
            "推迟 延后 延期 迟迟",
        ),
        (
            "strengthen\\w* consolidat\\w+ deepen\\w* reinforc\\w+",
            "加强 巩固 增强 强化(?!学习) 稳固",
            "weaken\\w* erod\\w+ undermin\\w+",
            "削弱 减弱 动摇",
        ),
        (
            "confirm\\w* prove[sdn]? proving",
            "证实 证明 确认",
            "refut\\w+ disprov\\w+ contradict\\w*",
            "否认 反驳 推翻 证伪",
        ),
        ("buy\\w* bought purchas\\w+", "买 购", "sell\\w* sold", "卖 出售 抛售"),
        (
            "start\\w* beg[aiu]n\\w* launch\\w*",
            "开始 启动 推出 上线 发布",
            "end(?:s|ed|ing)? stop\\w* withdr[ae]w\\w* discontinu\\w+ cancel\\w* suspend\\w* halt\\w*",
            "停止 结束 下架 撤回 取消 暂停 中止 叫停 终止",
        ),
    )
)

COMPARES = _pattern(
    "than overt(?:ake|akes|aken|ook|aking) surpass\\w* beat(?:s|en|ing)? outperform\\w* ahead_of behind exceed\\w* "
    "displac\\w+ replac\\w+ defeat\\w* pass(?:es|ed|ing)? above below better worse larger smaller outdo\\w* "
    "moved_past lost_to trail\\w* push\\w*_.{1,40}_off knock\\w*_off oust\\w* invest(?:s|ed)?_in acquir\\w+ "
    "belongs?_to backs? backed",
    "比 超过 超越 胜过 赢过 反超 领先 落后 不如 优于 挤下 取代 逊于 输给 高于 低于 甩在 收购 投资 旗下 属于 击败 "
    "打败 抵不过",
)
"""Sets one thing against another, so that their order says which is which."""
