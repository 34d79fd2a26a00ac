"""The words of the articles part of the page, in the form of `ui.words.WORDS`."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages import Texts

WORDS: Mapping[str, Texts] = {
    "articles": ("Articles", "文章", "文章"),
    "articles.count": ("{total} articles", "共 {total} 篇文章", "共 {total} 篇文章"),
    "articles.count.one": ("1 article", "共 1 篇文章", "共 1 篇文章"),
    "articles.found": ("{found} of {total} articles", "{total} 篇中找到 {found} 篇", "{total} 篇中找到 {found} 篇"),
    "articles.cut": (
        "The first {shown} are shown. Type words above to narrow the list.",
        "只显示前 {shown} 篇，可在上方输入词语缩小范围。",
        "只顯示前 {shown} 篇，可在上方輸入詞語縮小範圍。",
    ),
    "articles.none": (
        "There are no articles here yet. Drop files above, or paste a text.",
        "这里还没有文章。请把文件拖到上方，或粘贴一段文字。",
        "這裡還沒有文章。請把檔案拖到上方，或貼上一段文字。",
    ),
    "articles.none_found": (
        "No article holds these words in its title, file name, date or language.",
        "没有文章的标题、文件名、日期或语言包含这些词语。",
        "沒有文章的標題、檔名、日期或語言包含這些詞語。",
    ),
    "articles.search": ("Find in the list", "在列表中查找", "在清單中尋找"),
    "articles.search.hint": (
        "Title, file name, date or language",
        "标题、文件名、日期或语言",
        "標題、檔名、日期或語言",
    ),
    "articles.passages": ("{count} passages", "{count} 段", "{count} 段"),
    "articles.passages.one": ("1 passage", "1 段", "1 段"),
    "articles.characters": ("{count} characters", "{count} 字", "{count} 字"),
    "articles.undated": ("no date", "无日期", "無日期"),
    "articles.gone": (
        "Its file is no longer there. The article itself is kept and can be asked about.",
        "原文件已不存在。文章仍保留在索引中，可以照常提问。",
        "原檔案已不存在。文章仍保留在索引中，可以照常提問。",
    ),
    "articles.remove": ("Remove", "移除", "移除"),
    "articles.remove.named": ("Remove article: {title}", "移除文章：{title}", "移除文章：{title}"),
    "articles.remove.uploaded": (
        "Remove this article? Its uploaded copy is deleted too.",
        "要移除这篇文章吗？上传的副本也会一并删除。",
        "要移除這篇文章嗎？上傳的副本也會一併刪除。",
    ),
    "articles.remove.elsewhere": (
        "Remove this article? The file it was read from stays where it is.",
        "要移除这篇文章吗？原文件会留在原处。",
        "要移除這篇文章嗎？原檔案會留在原處。",
    ),
    "articles.keep": ("Keep", "保留", "保留"),
    "articles.removed": ("Removed: {title}", "已移除：{title}", "已移除：{title}"),
    "articles.pasted": ("Pasted text", "粘贴的文字", "貼上的文字"),
    "articles.upload": ("Add files", "添加文件", "加入檔案"),
    "articles.upload.folder": ("Add a folder", "添加文件夹", "加入資料夾"),
    "articles.paste": ("Paste a text", "粘贴文字", "貼上文字"),
    "articles.paste.title": ("Title (optional)", "标题（可不填）", "標題（可不填）"),
    "articles.paste.text": ("Text", "正文", "內文"),
    "articles.paste.add": ("Add this text", "添加这段文字", "加入這段文字"),
    "articles.reindex": ("Read all files again", "重新读取全部文件", "重新讀取全部檔案"),
    "articles.pending": (
        "Stored, but not in the index yet: {names}",
        "已存储、尚未进入索引：{names}",
        "已儲存、尚未進入索引：{names}",
    ),
    "articles.resume": ("Try again", "重试", "重試"),
    "articles.abandon": ("Discard", "放弃", "捨棄"),
    "collection": ("Collection", "文库", "文庫"),
    "collection.default": ("Default", "默认文库", "預設文庫"),
    "collection.new": ("New collection", "新建文库", "新增文庫"),
    "collection.name": ("Name of the collection", "文库名称", "文庫名稱"),
    "collection.rename": ("Rename", "重命名", "重新命名"),
    "collection.delete": ("Delete collection", "删除文库", "刪除文庫"),
    "collection.delete.sure": (
        "Delete this collection with all its articles and uploaded copies?",
        "要删除此文库及其全部文章和上传的副本吗？",
        "要刪除此文庫及其全部文章和上傳的副本嗎？",
    ),
    "list.reasons": ("; ", "；", "；"),
    "upload.report": ("What came of the files", "文件处理结果", "檔案處理結果"),
    "upload.running": (
        "{done} of {total} files done",
        "{total} 个文件已完成 {done} 个",
        "{total} 個檔案已完成 {done} 個",
    ),
    "upload.ended": (
        "Done: {good} in the index, {bad} with a problem.",
        "处理完毕：{good} 个已进入索引，{bad} 个有问题。",
        "處理完畢：{good} 個已進入索引，{bad} 個有問題。",
    ),
    "upload.cut": ("{count} more files", "另有 {count} 个文件", "另有 {count} 個檔案"),
    "upload.waiting": (
        "Another program is writing to the index. Waiting for it to finish.",
        "另一个程序正在写入索引，等待其完成。",
        "另一個程式正在寫入索引，等待其完成。",
    ),
    "upload.still_waiting": (
        "Another program is still writing to the index. What was stored is kept; try again later.",
        "另一个程序仍在写入索引。已存储的内容会保留，请稍后重试。",
        "另一個程式仍在寫入索引。已儲存的內容會保留，請稍後重試。",
    ),
    "upload.same": (
        "The same content is already here as {name}.",
        "相同内容已存在：{name}。",
        "相同內容已存在：{name}。",
    ),
    "upload.same_name": (
        "Another article is already called {name}. Both are kept; this one is called {kept}.",
        "已有名为 {name} 的文章。两篇都保留，这一篇名为 {kept}。",
        "已有名為 {name} 的文章。兩篇都保留，這一篇名為 {kept}。",
    ),
    "upload.renamed": ("Kept under the name {kept}.", "以 {kept} 为名保存。", "以 {kept} 為名儲存。"),
    "upload.hidden": (
        "A hidden file or one of the system's; passed over.",
        "隐藏文件或系统文件，已跳过。",
        "隱藏檔案或系統檔案，已略過。",
    ),
    "upload.no_articles": ("it holds no articles", "其中没有文章", "其中沒有文章"),
    "upload.bad_lines": (
        "Lines that could not be used: {count} ({reasons}).",
        "无法使用的行：{count}（{reasons}）。",
        "無法使用的行：{count}（{reasons}）。",
    ),
    "upload.gone": (
        "Its file is no longer there; the article is kept as it was.",
        "原文件已不存在，文章保持原样。",
        "原檔案已不存在，文章維持原樣。",
    ),
    "status.reading": ("Reading…", "读取中……", "讀取中……"),
    "status.waiting": ("Waiting…", "等待中……", "等待中……"),
    "status.added": ("Added", "已添加", "已加入"),
    "status.changed": ("Updated", "已更新", "已更新"),
    "status.unchanged": ("Unchanged", "无变化", "無變動"),
    "status.same": ("Already here", "已存在", "已存在"),
    "status.skipped": ("Passed over", "已跳过", "已略過"),
    "status.failed": ("Could not be read", "无法读取", "無法讀取"),
    "status.kept": ("Stored, not in the index yet", "已存储，尚未进入索引", "已儲存，尚未進入索引"),
    "status.gone": ("File missing", "文件缺失", "檔案遺失"),
    "status.removed": ("Removed", "已移除", "已移除"),
}
"""Every gap of a text that holds a person's words is filled as text and escaped where it is drawn."""
