"""The words that tell a question that leans on the conversation from one that stands alone.

Invariant: the sets hold words as `rag.text.words.lexical_words` gives them, folded and stemmed, but for `EN_VERBS`.
"""

from __future__ import annotations

from rag.text.words import lexical_words

_EN_ATTRIBUTES = """
revenue sales profit profits earnings income price prices cost costs valuation margin margins turnover growth output
reason reasons result results outcome purpose goal goals effect effects impact consequence consequences cause causes
advantage advantages disadvantage disadvantages benefit benefits drawback drawbacks risk risks difference differences
name title founder founders ceo cfo cto chairman chairwoman president author authors owner owners engineer
headquarters address size length height weight speed area capacity budget rent salary fee fees date deadline location
employees staff workforce users customers parameters version features function functions requirement requirements net
total amount number percentage share exact full main average annual overall first second third last quarter quarterly
year month
"""
_EN_BARE = """
reason happen come next more else detail details explain elaborate continue example exactly mean really sure true go say
summarize summarise tell show again much long far often many big large later afterwards before since further please
anything anyone someone something everything thing things instead case so point thanks okay ok now give word words
short one ones hello hi hey thank
"""
_ZH_ATTRIBUTES = """
营收 收入 利润 净利润 毛利率 净利 价格 售价 成本 估值 市值 销量 销售额 产量 产能 股价 原因 理由 结果 目的 目标 影响
优点 缺点 特点 优势 劣势 区别 差别 名字 名称 名 创始人 创办人 创立者 首席执行官 ceo cfo cto 董事长 总裁 总经理 负责人
作者 总部 地址 地点 位置 规模 人数 员工 用户 用户数 客户 参数 参数量 面积 高度 长度 重量 速度 价钱 费用 预算 租金 日期
时间 版本 功能 条件 要求 进展 前景 风险 好处 坏处 后果 意义 背景 细节 内容 数量 金额 比例 份额 占比 增长率 增速 增幅
年 季度 全年 平均 最高 最低 总 数 率 量 额 员工数 增长 同比 效果 总成本 总额 总价 总投资 成绩 表现 船长 馆长 院长 校长
工程师 主任 票价 造价 工期 期限 寿命 续航 容量 毛利
"""
_ZH_BARE = """
原因 理由 详细 详情 细节 例子 举例 举例子 举个 例 继续 总结 概括 解释 展开 说说 讲讲 说 讲 谈谈 真的 真 确定 发生
发生了什么 后来 然后 现在 具体 具体来说 当时 结果 会 做 做到 办 办到 样 意思 说明 介绍 一点 一下 再说 看看 列举 换
别的 其它 其他 另外 进一步 接下来 接着 一步 一遍 事 回事 事情 情况 吧 么 好 谢谢 请 钱 花 花钱 算 用 需 共 总共 一共
大概 大约 到底 究竟 下 两 只 是 有 起来 出来 更多 补充 点 详细点 叫 要花 花了 多长 多长时间 时间 能再 再 姓名 你好
您好
"""
_ZH_EVENTS = """
发布 成立 上市 推出 开放 开业 宣布 生效 结束 开始 创立 创办 创建 建成 建造 完工 竣工 出版 发行 交付 量产 公布 完成
到期 举行 召开 去世 出生 辞职 离开 加入 发明 设计 制造 生产 投资 收购 开发 开店 重开 修复 修 建 写 提出 赢 获胜 当选
上任 发射 停产 倒闭 破产 通过 批准 签署 签 出现 发现 发生 负责 出资 付 付钱 提供 赞助 支持 主导 参与 运营 卖 买 购买
"""
_GENERIC = """
公司 企业 人 国家 城市 地方 机构 团队 组织 去年 今年 明年 前年 当年 昨天 今天 最近 目前 未来 过去 以前 当时 近期 此前
认为 觉得 知道 想 文章 文中 资料 报道 年 月 日 year month day time think know article today yesterday recent last next
first currently
"""
_EN_VERBS = """
tell explain list give show describe compare name summarize summarise find define translate write say mention
according besides apart despite instead today yesterday tomorrow yes hello hi thanks ok okay please can could
"""
EN_VERBS = frozenset(_EN_VERBS.split())
"""Words that open an English sentence with a capital and are no names."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(word for item in listed.split() for word in (*lexical_words(item), item))


EN_ATTRIBUTES = _words(_EN_ATTRIBUTES)
"""What something has, which says nothing of whose it is."""
EN_BARE = _words(_EN_BARE)
"""Words that say nothing of what is asked about."""
ZH_ATTRIBUTES = _words(_ZH_ATTRIBUTES)
"""As `EN_ATTRIBUTES`."""
ZH_BARE = _words(_ZH_BARE)
"""As `EN_BARE`."""
ZH_EVENTS = _words(_ZH_EVENTS)
"""What happens to something or is done with it: 什么时候发布 lacks its subject."""
GENERIC = _words(_GENERIC)
"""Nouns that a pronoun does not mean: times, 公司 after 哪家."""
