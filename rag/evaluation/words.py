"""Every word of a report, in English, Simplified and Traditional Chinese, in the form of `rag.messages`."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages import Texts

_ORDER = {"en": 0, "zh-Hans": 1, "zh-Hant": 2}

WORDS: Mapping[str, Texts] = {
    "title": ("Evaluation", "评测报告", "評測報告"),
    "questions": ("questions", "问题", "問題"),
    "count": ("n", "题数", "題數"),
    "direction": ("Direction", "方向", "方向"),
    "direction.note": (
        "Question language → article language. A question whose evidence stands in several languages counts within "
        "its own language where it can.",
        "提问语言→文章语言。证据有多种语言时，优先计入提问所用的语言。",
        "提問語言→文章語言。證據有多種語言時，優先計入提問所用的語言。",
    ),
    "direction.all": ("all", "全部", "全部"),
    "direction.en": ("English", "英文", "英文"),
    "direction.zh-Hans": ("Simplified Chinese", "简体中文", "簡體中文"),
    "direction.zh-Hant": ("Traditional Chinese", "繁体中文", "繁體中文"),
    "direction.zh-en": ("Chinese → English", "中文→英文", "中文→英文"),
    "direction.en-zh": ("English → Chinese", "英文→中文", "英文→中文"),
    "direction.across-scripts": ("across scripts", "简繁之间", "簡繁之間"),
    "retrieval": ("Retrieval", "检索", "檢索"),
    "answers": ("Answers", "回答", "回答"),
    "citations": ("Citations", "引用", "引用"),
    "refusals": ("Refusals and language", "拒答与语言", "拒答與語言"),
    "judge": ("Model judge", "模型评判", "模型評判"),
    "judge.note": (
        "A model's opinion, beside the figures above, which need none.",
        "这是模型的看法，仅供与上面不依赖模型的指标对照。",
        "這是模型的看法，僅供與上面不依賴模型的指標對照。",
    ),
    "interval": (
        "Lines on the bars and numbers in brackets: 95% confidence interval (bootstrap over questions).",
        "横线与方括号为 95% 置信区间（对问题做自助抽样）。",
        "橫線與方括號為 95% 信賴區間（對問題做拔靴抽樣）。",
    ),
    "compare": ("Change against {name}", "与 {name} 的比较", "與 {name} 的比較"),
    "compare.note": (
        "The same questions in both runs: {count}. p: paired randomisation test; bold where p < 0.05.",
        "两次运行共有的问题：{count}。p 为配对随机化检验；p < 0.05 时加粗。",
        "兩次執行共有的問題：{count}。p 為成對隨機化檢定；p < 0.05 時加粗。",
    ),
    "before": ("before", "之前", "之前"),
    "after": ("after", "之后", "之後"),
    "difference": ("difference", "差值", "差值"),
    "value": ("value", "数值", "數值"),
    "metric": ("metric", "指标", "指標"),
    "gates": ("Thresholds", "门槛", "門檻"),
    "gate.least": ("at least", "至少", "至少"),
    "gate.met": ("met", "达到", "達到"),
    "gate.missed": ("missed", "未达到", "未達到"),
    "gate.unknown": ("no such figure", "没有这项数值", "沒有這項數值"),
    "recall_by_k": ("Recall by k", "各 k 值下的召回率", "各 k 值下的召回率"),
    "k": ("passages looked at (k)", "查看的段落数（k）", "查看的段落數（k）"),
    "recall": ("recall", "召回率", "召回率"),
    "risk_coverage": ("Risk and coverage", "风险与覆盖率", "風險與覆蓋率"),
    "risk_coverage.note": (
        "Answering only above a confidence: share of questions answered (coverage) and share of wrong answers among "
        "them (risk). Area under the curve: {area}; less is better.",
        "只回答置信度高于某值的问题：作答比例（覆盖率）及其中答错的比例（风险）。曲线下面积：{area}，越小越好。",
        "只回答信心高於某值的問題：作答比例（覆蓋率）及其中答錯的比例（風險）。曲線下面積：{area}，越小越好。",
    ),
    "coverage": ("coverage", "覆盖率", "覆蓋率"),
    "risk": ("risk", "风险", "風險"),
    "latency": ("Time per question, milliseconds", "每题用时（毫秒）", "每題用時（毫秒）"),
    "latency.note": (
        "{count} questions were answered at a time, which lengthens each.",
        "同时处理 {count} 个问题，单题用时因此变长。",
        "同時處理 {count} 個問題，單題用時因此變長。",
    ),
    "stage": ("stage", "阶段", "階段"),
    "stage.retrieve": ("retrieval", "检索", "檢索"),
    "stage.generate": ("answering", "作答", "作答"),
    "stage.total": ("total", "总计", "總計"),
    "heat": (
        "Evidence among the first 5, question language × article language",
        "证据进入前 5 名的比例：提问语言 × 文章语言",
        "證據進入前 5 名的比例：提問語言 × 文章語言",
    ),
    "heat.question": ("asked in {name}", "{name}提问", "{name}提問"),
    "losses": ("Where questions were lost", "问题失在哪一步", "問題失在哪一步"),
    "loss.not_retrieved": ("not retrieved", "没有检索到", "沒有檢索到"),
    "loss.ranked_low": ("retrieved, ranked low", "检索到但排名靠后", "檢索到但排名靠後"),
    "loss.cut": ("retrieved, cut off", "检索到但被截去", "檢索到但被截去"),
    "loss.wrongly_refused": ("wrongly refused", "误拒答", "誤拒答"),
    "loss.not_selected": ("evidence not selected", "证据未被选用", "證據未被選用"),
    "loss.wrong_span": ("wrong words of the right passage", "段落对，语句不对", "段落對，語句不對"),
    "loss.wrongly_answered": ("answered, though unanswerable", "本应拒答却作答", "本應拒答卻作答"),
    "loss.failed": ("no answer came", "没有得到回答", "沒有得到回答"),
    "failures": ("Failures", "失败的问题", "失敗的問題"),
    "failures.filter": ("Show only", "只看", "只看"),
    "failures.more": (
        "{count} more are in rows.jsonl.",
        "其余 {count} 题见 rows.jsonl。",
        "其餘 {count} 題見 rows.jsonl。",
    ),
    "failures.none": ("None.", "没有。", "沒有。"),
    "expected": ("Expected", "期望", "期望"),
    "expected.refusal": ("a refusal", "拒答", "拒答"),
    "evidence": ("Evidence", "证据", "證據"),
    "got": ("Got", "得到", "得到"),
    "confidence": ("confidence", "置信度", "信心"),
    "rank": ("rank {rank}", "第 {rank} 名", "第 {rank} 名"),
    "rank.none": ("not among the candidates", "不在候选之中", "不在候選之中"),
    "missing": ("Gold that could not be located", "无法定位的标准答案", "無法定位的標準答案"),
    "missing.article": ("no such article", "没有这篇文章", "沒有這篇文章"),
    "missing.quote": ("these words are not in it", "文章中没有这些文字", "文章中沒有這些文字"),
    "missing.passage": ("no passage holds them", "不在任何段落之内", "不在任何段落之內"),
    "bad": ("Lines that are no gold", "无法读取的行", "無法讀取的行"),
    "charts": ("By direction", "按方向", "按方向"),
    "about": ("About this run", "本次运行", "本次執行"),
    "figures": ("What the figures mean", "各项指标的含义", "各項指標的含義"),
}
"""Labels by key. The texts of a key have the same named gaps."""

FIGURE_NOTES: Mapping[str, Texts] = {
    "recall@5": (
        "share of all passages with evidence that are among the first 5",
        "含证据的全部段落中进入前 5 名的比例",
        "含證據的全部段落中進入前 5 名的比例",
    ),
    "complete@5": (
        "share of questions whose first 5 passages hold all that the answer needs",
        "前 5 段已包含作答所需全部证据的问题比例",
        "前 5 段已包含作答所需全部證據的問題比例",
    ),
    "success@5": (
        "share of questions with any evidence among the first 5",
        "前 5 段中至少有一处证据的问题比例",
        "前 5 段中至少有一處證據的問題比例",
    ),
    "mrr@10": (
        "mean of 1 / rank of the first passage with evidence, 0 beyond the tenth",
        "首个含证据段落名次倒数的平均值，第十名以后计 0",
        "首個含證據段落名次倒數的平均值，第十名以後計 0",
    ),
    "ndcg@10": (
        "how near the first 10 are to the best possible order",
        "前 10 名与理想排序的接近程度",
        "前 10 名與理想排序的接近程度",
    ),
    "article_recall@5": ("recall@5, by article", "按文章计的 recall@5", "按文章計的 recall@5"),
    "article_mrr@10": ("mrr@10, by article", "按文章计的 mrr@10", "按文章計的 mrr@10"),
    "correct": (
        "answered, with an accepted answer, its quantity or all items of its list; or all evidence quoted",
        "已作答，且含有可接受的答案、相同的数量或列表的全部项目，或引用了全部证据",
        "已作答，且含有可接受的答案、相同的數量或清單的全部項目，或引用了全部證據",
    ),
    "contains": ("the answer holds an accepted one", "回答包含可接受的答案", "回答包含可接受的答案"),
    "exact_match": (
        "the short answer is an accepted one (folded)",
        "简短回答与可接受的答案一致（折叠后）",
        "簡短回答與可接受的答案一致（折疊後）",
    ),
    "f1": (
        "shared characters (Chinese) or words (English) of the short answer and an accepted one",
        "简短回答与可接受答案的字（中文）或词（英文）重合度",
        "簡短回答與可接受答案的字（中文）或詞（英文）重合度",
    ),
    "quantity_match": (
        "where a quantity is asked for: the answer states it, in any unit or language",
        "问数量时：回答给出了该数量，单位与语言不限",
        "問數量時：回答給出了該數量，單位與語言不限",
    ),
    "list_recall": ("share of the items of a list", "列表项目的命中比例", "清單項目的命中比例"),
    "length": ("characters of an answer", "回答的字符数", "回答的字元數"),
    "citation_precision": (
        "share of citations that hold evidence or support their sentence",
        "含有证据或支持其语句的引用比例",
        "含有證據或支持其語句的引用比例",
    ),
    "citation_evidence": (
        "share of citations whose passage holds the evidence of the gold",
        "所引段落含有标准证据的引用比例",
        "所引段落含有標準證據的引用比例",
    ),
    "citation_recall": (
        "share of the evidence that is quoted, part by part",
        "被引用的证据比例（按部分计）",
        "被引用的證據比例（按部分計）",
    ),
    "citation_supported": (
        "share of citations that the answer's own check supports",
        "通过回答自身核对的引用比例",
        "通過回答自身核對的引用比例",
    ),
    "citation_resolved": (
        "share of citations whose offsets give exactly the quote; must be 1",
        "位置与引文完全一致的引用比例，必须为 1",
        "位置與引文完全一致的引用比例，必須為 1",
    ),
    "right_decision": (
        "answered what is answerable, refused what is not",
        "能答则答、不能答则拒的问题比例",
        "能答則答、不能答則拒的問題比例",
    ),
    "refusal_precision": ("share of refusals that are right", "拒答中正确的比例", "拒答中正確的比例"),
    "refusal_recall": (
        "share of unanswerable questions that were refused",
        "无法回答的问题中被拒答的比例",
        "無法回答的問題中被拒答的比例",
    ),
    "refusal_f1": ("harmonic mean of both", "以上两项的调和平均", "以上兩項的調和平均"),
    "wrongly_refused": (
        "share of answerable questions that were refused; less is better",
        "可回答的问题中被误拒的比例，越小越好",
        "可回答的問題中被誤拒的比例，越小越好",
    ),
    "language_match": (
        "share of answers, quotes included, in the asker's language and script",
        "与提问语言、字形一致的回答比例（含引文）",
        "與提問語言、字形一致的回答比例（含引文）",
    ),
    "judge_faithfulness": (
        "share of claims that the sources say, in a model's opinion",
        "模型认为有出处的说法比例",
        "模型認為有出處的說法比例",
    ),
    "judge_correct": (
        "share of answers that are right, in a model's opinion",
        "模型认为正确的回答比例",
        "模型認為正確的回答比例",
    ),
}
"""What a figure means, where its name alone does not say it."""


def word(key: str, language: str, **values: object) -> str:
    """The label `key` in an interface language, gaps filled; unknown languages read English."""
    return WORDS[key][_ORDER.get(language, 0)].format(**values)


def direction_word(name: str, language: str) -> str:
    """The name of a direction for a reader."""
    return word(f"direction.{name}", language)


def figure_note(name: str, language: str) -> str:
    """What a figure means; empty for one that is not shown."""
    texts = FIGURE_NOTES.get(name)
    return texts[_ORDER.get(language, 0)] if texts else ""
