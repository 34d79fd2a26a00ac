"""What is said with an answer, and by the commands."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages.texts import Texts

ANSWERS: Mapping[str, Texts] = {
    "answer.anew": (
        "[Once more]",
        "［重新作答］",
        "［重新作答］",
    ),
    "doubt.quantity": (
        "Not in the source: {missing}",
        "出处中没有：{missing}",
        "出處中沒有：{missing}",
    ),
    "doubt.name": (
        "The source does not name: {missing}",
        "出处中没有提到：{missing}",
        "出處中沒有提到：{missing}",
    ),
    "doubt.negation": (
        "The source seems to say the opposite.",
        "出处的说法似乎与此相反。",
        "出處的說法似乎與此相反。",
    ),
    "doubt.meaning": (
        "The source does not clearly support this sentence.",
        "出处不能明确支持这句话。",
        "出處無法明確支持這句話。",
    ),
    "doubt.uncited": (
        "No source was found for this sentence.",
        "没有找到这句话的出处。",
        "沒有找到這句話的出處。",
    ),
    "notice.model_failed": (
        "The model {model} gave no answer, so the built-in answerer quotes the articles. {reason}",
        "模型 {model} 没有给出回答，因此由内置回答器引用文章原文。{reason}",
        "模型 {model} 沒有給出回答，因此由內建回答器引用文章原文。{reason}",
    ),
    "notice.reranker_failed": (
        "The reranker was left out. {reason}",
        "未使用重排模型。{reason}",
        "未使用重排模型。{reason}",
    ),
    "notice.thinks_anyway": (
        "The thinking of {model} cannot be switched off.",
        "{model} 的思考无法关闭。",
        "{model} 的思考無法關閉。",
    ),
    "notice.no_text": (
        "It wrote nothing.",
        "它没有写出任何内容。",
        "它沒有寫出任何內容。",
    ),
    "notice.broke_off": (
        "The answer broke off. {reason}",
        "回答中断了。{reason}",
        "回答中斷了。{reason}",
    ),
    "notice.stopped": (
        "The answer was stopped before its end.",
        "回答在结束前被停止。",
        "回答在結束前被停止。",
    ),
    "notice.cut_off": (
        "The answer reached the most tokens allowed (answer_tokens) and ends early.",
        "回答达到了允许的最大长度（answer_tokens），提前结束。",
        "回答達到了允許的最大長度（answer_tokens），提前結束。",
    ),
    "notice.other_language": (
        "The model answered in another language than the question's.",
        "模型没有用提问的语言回答。",
        "模型沒有用提問的語言回答。",
    ),
    "answer.refused": (
        "The articles do not answer this question. The passages nearest to it are offered below.",
        "文章中没有这个问题的答案。下面列出最接近的段落。",
        "文章中沒有這個問題的答案。下面列出最接近的段落。",
    ),
    "answer.nothing_found": (
        "There are no articles to answer from. Add some with: rag ingest FOLDER",
        "还没有可供回答的文章。请先添加：rag ingest 文件夹",
        "還沒有可供回答的文章。請先加入：rag ingest 資料夾",
    ),
    "answer.short": (
        "{short}",
        "{short}",
        "{short}",
    ),
    "answer.lead": (
        "The articles say:",
        "文章原文：",
        "文章原文：",
    ),
    "chat.ready": (
        "The chat page is at {url} (Ctrl-C stops it)",
        "聊天页面已就绪：{url}（按 Ctrl-C 停止）",
        "聊天頁面已就緒：{url}（按 Ctrl-C 停止）",
    ),
    "chat.stopped": (
        "The chat page has stopped.",
        "聊天页面已停止。",
        "聊天頁面已停止。",
    ),
    "ingest.report": (
        "{added} added, {changed} changed, {unchanged} unchanged, {removed} removed, {failed} failed, in {seconds} s",
        "新增 {added}，更新 {changed}，未变 {unchanged}，移除 {removed}，失败 {failed}，用时 {seconds} 秒",
        "新增 {added}，更新 {changed}，未變 {unchanged}，移除 {removed}，失敗 {failed}，用時 {seconds} 秒",
    ),
    "ingest.failed": (
        "  not read: {source}: {reason}",
        "  未能读取：{source}：{reason}",
        "  未能讀取：{source}：{reason}",
    ),
    "usage.one_text": (
        "Give either one text or --batch FILE.",
        "请给出一段文字，或用 --batch 指定文件（二选一）。",
        "請給出一段文字，或用 --batch 指定檔案（二選一）。",
    ),
    "remove.done": (
        "removed {article}",
        "已移除 {article}",
        "已移除 {article}",
    ),
    "interrupted": (
        "Interrupted. What was finished is kept.",
        "已中断。已完成的部分已保留。",
        "已中斷。已完成的部分已保留。",
    ),
}
