"""Every sentence that a user reads, in English, Simplified and Traditional Chinese.

A message is a key with three texts and named gaps; the three texts of a key have the same gaps (a test holds it).
The chat page's own labels live beside its code, in `ui/words.py`, in the same form.
"""

from __future__ import annotations

from collections.abc import Mapping

Texts = tuple[str, str, str]
"""English, Simplified, Traditional."""

_ORDER = {"en": 0, "zh-Hans": 1, "zh-Hant": 2}

MESSAGES: Mapping[str, Texts] = {
    "error.general": (
        "Something went wrong.",
        "出了点问题。",
        "發生了一點問題。",
    ),
    "error.empty_question": (
        "The question holds no words. Type a question in English or Chinese.",
        "问题里没有文字。请用中文或英文输入一个问题。",
        "問題裡沒有文字。請用中文或英文輸入一個問題。",
    ),
    "error.unreadable_file": (
        "{path} could not be read: {reason}. The other files are not affected.",
        "无法读取 {path}：{reason}。其他文件不受影响。",
        "無法讀取 {path}：{reason}。其他檔案不受影響。",
    ),
    "error.bad_request": (
        "{what} cannot be used: {reason}.",
        "{what} 无法使用：{reason}。",
        "{what} 無法使用：{reason}。",
    ),
    "error.settings": (
        "The setting in {where} cannot be used: {reason}. Correct it and try again.",
        "{where} 中的设置无法使用：{reason}。请改正后重试。",
        "{where} 中的設定無法使用：{reason}。請改正後重試。",
    ),
    "error.index": (
        "The index in {path} cannot be used.",
        "无法使用 {path} 中的索引。",
        "無法使用 {path} 中的索引。",
    ),
    "error.index_missing": (
        "There is no index in {path}. Make one with: rag ingest FOLDER --index {path}",
        "{path} 中没有索引。请先建立：rag ingest 文件夹 --index {path}",
        "{path} 中沒有索引。請先建立：rag ingest 資料夾 --index {path}",
    ),
    "error.index_locked": (
        "Another process is writing to the index in {path}. Wait until it has finished, then try again.",
        "另一个进程正在写入 {path} 中的索引。请等它结束后重试。",
        "另一個程序正在寫入 {path} 中的索引。請等它結束後重試。",
    ),
    "error.index_read_only": (
        "The index folder {path} cannot be written to. Change its permissions or choose another with --index.",
        "索引文件夹 {path} 不可写。请修改权限，或用 --index 另选一个。",
        "索引資料夾 {path} 無法寫入。請修改權限，或用 --index 另選一個。",
    ),
    "error.index_corrupt": (
        "The index in {path} is damaged ({reason}). Your articles are not affected: delete the folder and run "
        "rag ingest again.",
        "{path} 中的索引已损坏（{reason}）。您的文章不受影响：删除该文件夹后重新运行 rag ingest。",
        "{path} 中的索引已損壞（{reason}）。您的文章不受影響：刪除該資料夾後重新執行 rag ingest。",
    ),
    "error.index_full": (
        "There is no space left for the index in {path}. What was stored before is intact; free some space and run "
        "the command again.",
        "{path} 所在的磁盘空间不足。此前存储的内容完好；请腾出空间后重新运行。",
        "{path} 所在的磁碟空間不足。先前儲存的內容完好；請騰出空間後重新執行。",
    ),
    "error.format_mismatch": (
        "The index in {path} has format {found}, this version reads {expected}. Use the version that wrote it, or "
        "delete the folder and run rag ingest again.",
        "{path} 中的索引格式为 {found}，本版本只能读取 {expected}。请使用写入它的版本，或删除该文件夹后重新运行 rag ingest。",
        "{path} 中的索引格式為 {found}，本版本只能讀取 {expected}。請使用寫入它的版本，或刪除該資料夾後重新執行 rag ingest。",
    ),
    "error.encoder_mismatch": (
        "The index in {path} was made with the embedding model {found}, now {expected} is set. Set the former again, "
        "or ingest into a new folder with --index.",
        "{path} 中的索引由嵌入模型 {found} 建立，而当前设置为 {expected}。请改回原模型，或用 --index 建立新的索引。",
        "{path} 中的索引由嵌入模型 {found} 建立，而目前設定為 {expected}。請改回原模型，或用 --index 建立新的索引。",
    ),
    "error.article_unknown": (
        "No article is called {article}. See what is held with: rag list",
        "没有名为 {article} 的文章。用 rag list 查看已有文章。",
        "沒有名為 {article} 的文章。用 rag list 查看已有文章。",
    ),
    "error.model": (
        "The model cannot be used.",
        "无法使用该模型。",
        "無法使用該模型。",
    ),
    "error.model_missing": (
        "The model {model} is not on this machine ({reason}). Give a folder that holds it, or use the bundled model.",
        "本机没有模型 {model}（{reason}）。请指定模型所在的文件夹，或使用内置模型。",
        "本機沒有模型 {model}（{reason}）。請指定模型所在的資料夾，或使用內建模型。",
    ),
    "error.dependency_missing": (
        "{package} is not installed. Install it with: pip install {extra}",
        "未安装 {package}。请安装：pip install {extra}",
        "未安裝 {package}。請安裝：pip install {extra}",
    ),
    "error.not_yet": (
        "rag {command} is planned but not part of this version. See the README for what there is.",
        "rag {command} 已在计划中，但本版本还没有。现有功能请看 README。",
        "rag {command} 已在計畫中，但本版本還沒有。現有功能請看 README。",
    ),
}


def say(key: str, language: str, **values: object) -> str:
    """The message `key` in an interface language, gaps filled; unknown languages read English."""
    return MESSAGES[key][_ORDER.get(language, 0)].format(**values)


def language_from_locale(locale: str | None) -> str:
    """The interface language for a locale name (`zh_TW.UTF-8`) or a browser's language tag (`zh-Hant-HK`)."""
    tag = (locale or "").replace("_", "-").split(".")[0].lower()
    if not tag.startswith("zh"):
        return "en"
    return "zh-Hant" if any(part in tag.split("-") for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"
