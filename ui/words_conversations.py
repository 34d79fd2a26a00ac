"""The words of the list of conversations, of feedback and of exports, in the form of `ui.words`."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages import Texts

WORDS: Mapping[str, Texts] = {
    "talks": ("Conversations", "对话记录", "對話紀錄"),
    "talks.search": ("Search conversations", "搜索对话", "搜尋對話"),
    "talks.empty": (
        "No conversations yet. They are kept here on this machine.",
        "还没有对话。对话只保存在这台机器上。",
        "還沒有對話。對話只保存在這台電腦上。",
    ),
    "talks.none_found": (
        "No conversation holds “{words}”.",
        "没有对话包含“{words}”。",
        "沒有對話包含「{words}」。",
    ),
    "talks.count": ("Conversations: {count}", "共 {count} 段对话", "共 {count} 段對話"),
    "talks.found": ("Conversations found: {count}", "找到 {count} 段对话", "找到 {count} 段對話"),
    "talks.more": ("Show more", "显示更多", "顯示更多"),
    "talks.untitled": ("Untitled", "未命名", "未命名"),
    "talks.actions": ("Actions for “{title}”", "“{title}”的操作", "「{title}」的操作"),
    "talks.rename": ("Rename", "重命名", "重新命名"),
    "talks.name": ("New name", "新名称", "新名稱"),
    "talks.save": ("Save", "保存", "儲存"),
    "talks.cancel": ("Cancel", "取消", "取消"),
    "talks.markdown": ("Export as Markdown", "导出为 Markdown", "匯出為 Markdown"),
    "talks.json": ("Export as JSON", "导出为 JSON", "匯出為 JSON"),
    "talks.delete": ("Delete", "删除", "刪除"),
    "talks.delete_sure": (
        "Delete this conversation? It cannot be brought back.",
        "要删除这段对话吗？删除后无法恢复。",
        "要刪除這段對話嗎？刪除後無法復原。",
    ),
    "talks.keep": ("Keep", "保留", "保留"),
    "talks.rated": ("Export rated answers", "导出已评价的回答", "匯出已評價的回答"),
    "talks.rated.about": (
        "As candidates for an evaluation, in JSON lines",
        "作为评测的候选题，JSON Lines 格式",
        "作為評測的候選題，JSON Lines 格式",
    ),
    "talks.rated.done": (
        "Exported: {count}. To be reviewed first: {review}.",
        "已导出 {count} 条，其中 {review} 条需要先人工审核。",
        "已匯出 {count} 筆，其中 {review} 筆需要先人工審核。",
    ),
    "talks.rated.none": (
        "Nothing to export: no answer about these articles has been rated yet.",
        "没有可导出的内容：这个文库的回答还没有评价。",
        "沒有可匯出的內容：這個文庫的回答還沒有評價。",
    ),
    "talks.damaged": (
        "The file of conversations was damaged. It was put aside as {path}, and a new one was begun.",
        "对话文件已损坏，已改名为 {path} 另行保存，并新建了一个文件。",
        "對話檔案已損壞，已改名為 {path} 另行保存，並建立了新的檔案。",
    ),
    "talks.newer": (
        "The file of conversations was written by a later version. It was put aside as {path}, and a new one was "
        "begun.",
        "对话文件由更新的版本写成，已改名为 {path} 另行保存，并新建了一个文件。",
        "對話檔案由較新的版本寫成，已改名為 {path} 另行保存，並建立了新的檔案。",
    ),
    "talks.memory": (
        "Conversations cannot be kept in {path}. They last until this program ends.",
        "无法把对话保存到 {path}，程序结束后对话就会消失。",
        "無法把對話儲存到 {path}，程式結束後對話就會消失。",
    ),
    "feedback": ("Was this answer right?", "这个回答对吗？", "這個回答對嗎？"),
    "feedback.up": ("Right", "对", "對"),
    "feedback.down": ("Wrong", "不对", "不對"),
    "feedback.kept": ("Kept for evaluation.", "已保存，供评测使用。", "已儲存，供評測使用。"),
    "feedback.why": ("Say why (optional)", "说明原因（可不填）", "說明原因（可不填）"),
    "feedback.reason": ("Your reason", "你的理由", "你的理由"),
    "feedback.change": ("Change the reason", "修改理由", "修改理由"),
    "feedback.send": ("Save reason", "保存理由", "儲存理由"),
    "written.question": ("Question {number}", "问题 {number}", "問題 {number}"),
    "written.begun": ("Begun {date}", "开始于 {date}", "開始於 {date}"),
    "written.collection": ("Articles: {collection}", "文库：{collection}", "文庫：{collection}"),
    "written.failed": ("No answer: something went wrong.", "没有回答：出了问题。", "沒有回答：發生了問題。"),
    "written.feedback.up": ("Marked as right.", "已标为正确。", "已標為正確。"),
    "written.feedback.down": ("Marked as wrong.", "已标为错误。", "已標為錯誤。"),
}
