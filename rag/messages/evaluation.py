"""What the evaluation says: its progress and its result, and why something cannot be evaluated."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages.texts import Texts

EVALUATION: Mapping[str, Texts] = {
    "eval.done": (
        "{count} questions judged in {seconds} s; report: {report}",
        "已评测 {count} 个问题，用时 {seconds} 秒；报告：{report}",
        "已評測 {count} 個問題，用時 {seconds} 秒；報告：{report}",
    ),
    "eval.resumed": (
        "{count} of them had been judged before the run was broken off and were not asked again.",
        "其中 {count} 个问题在上次中断前已评测，没有重复提问。",
        "其中 {count} 個問題在上次中斷前已評測，沒有重複提問。",
    ),
    "eval.go_on": (
        "What was judged is in {folder}. Go on with: rag eval … --out {folder}",
        "已评测的部分在 {folder}。继续：rag eval … --out {folder}",
        "已評測的部分在 {folder}。繼續：rag eval … --out {folder}",
    ),
    "eval.not_located": (
        "{count} questions are left out: their evidence was not found in the articles. They are listed in the report.",
        "有 {count} 个问题未计入：在文章中找不到其证据。详见报告。",
        "有 {count} 個問題未計入：在文章中找不到其證據。詳見報告。",
    ),
    "eval.bad_line": (
        "  no gold: {where}: {reason}",
        "  不是标准答案：{where}：{reason}",
        "  不是標準答案：{where}：{reason}",
    ),
    "eval.drafts": (
        "{count} drafts wait for a person and are left out.",
        "有 {count} 条草稿等待人工确认，未计入。",
        "有 {count} 條草稿等待人工確認，未計入。",
    ),
    "eval.drafted": (
        "{count} drafts. A draft counts once a person has set accepted to true.",
        "共 {count} 条草稿。人工把 accepted 改为 true 之后才算数。",
        "共 {count} 條草稿。人工把 accepted 改為 true 之後才算數。",
    ),
    "eval.no_judge": (
        "There is no model to judge: choose one with --model. The other figures need none.",
        "没有可用于评判的模型：请用 --model 选择一个。其他指标不需要模型。",
        "沒有可用於評判的模型：請用 --model 選擇一個。其他指標不需要模型。",
    ),
    "eval.gate_missed": (
        "below the threshold: {name} is {value}, wanted at least {least}",
        "低于门槛：{name} 为 {value}，要求至少 {least}",
        "低於門檻：{name} 為 {value}，要求至少 {least}",
    ),
    "eval.gate_unknown": (
        "the threshold on {name} cannot be met: this run has no such figure",
        "无法核对 {name} 的门槛：本次运行没有这项数值",
        "無法核對 {name} 的門檻：本次執行沒有這項數值",
    ),
    "eval.usage": (
        "Give gold files or folders, or --squad FILE.",
        "请给出标准答案文件或文件夹，或用 --squad 指定文件。",
        "請給出標準答案檔案或資料夾，或用 --squad 指定檔案。",
    ),
    "eval.usage_squad": (
        "--squad brings its own articles; it goes with neither gold files nor --index.",
        "--squad 自带文章，不能与标准答案文件或 --index 同用。",
        "--squad 自帶文章，不能與標準答案檔案或 --index 同用。",
    ),
    "reason.no_run": (
        "there is no finished run in it; make one with: rag eval GOLD --out DIR",
        "其中没有已完成的评测；请先运行：rag eval 标准答案 --out 文件夹",
        "其中沒有已完成的評測；請先執行：rag eval 標準答案 --out 資料夾",
    ),
    "reason.bad_gate": (
        "a threshold is METRIC=VALUE or DIRECTION/METRIC=VALUE, as in {example}; directions: {names}",
        "门槛写作 指标=数值 或 方向/指标=数值，例如 {example}；方向：{names}",
        "門檻寫作 指標=數值 或 方向/指標=數值，例如 {example}；方向：{names}",
    ),
    "reason.no_located_gold": (
        "none of the gold evidence is in its articles; ingest the articles that the gold is about",
        "其文章中没有任何一条标准证据；请先导入这些问题所依据的文章",
        "其文章中沒有任何一條標準證據；請先匯入這些問題所依據的文章",
    ),
}
