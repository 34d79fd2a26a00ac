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
    "error.unexpected": (
        "Something unexpected went wrong: {reason}. What was stored before is intact.",
        "发生了意料之外的错误：{reason}。此前存储的内容完好。",
        "發生了意料之外的錯誤：{reason}。先前儲存的內容完好。",
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
        "{path} 中的索引格式为 {found}，本版本只能读取 {expected}。"
        "请使用写入它的版本，或删除该文件夹后重新运行 rag ingest。",
        "{path} 中的索引格式為 {found}，本版本只能讀取 {expected}。"
        "請使用寫入它的版本，或刪除該資料夾後重新執行 rag ingest。",
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
    "error.model_not_found": (
        "The model {model} was not found ({reason}). See what there is with rag models list, or set "
        'model = "extractive" to answer without one.',
        '找不到模型 {model}（{reason}）。用 rag models list 查看可用的模型，或设置 model = "extractive" 不用模型作答。',
        '找不到模型 {model}（{reason}）。用 rag models list 查看可用的模型，或設定 model = "extractive" 不用模型作答。',
    ),
    "error.incomplete_model": (
        "The model {model} is incomplete or damaged: {reason}. Fetch it again with rag models pull, or copy its files "
        "again.",
        "模型 {model} 不完整或已损坏：{reason}。请用 rag models pull 重新下载，或重新复制其文件。",
        "模型 {model} 不完整或已損壞：{reason}。請用 rag models pull 重新下載，或重新複製其檔案。",
    ),
    "error.unsupported_architecture": (
        "The model {model} has the architecture {architecture}, which the installed transformers cannot run. Use a "
        "GGUF file of it, or a server such as Ollama or vLLM.",
        "模型 {model} 的架构为 {architecture}，已安装的 transformers 无法运行。请使用其 GGUF 文件，"
        "或 Ollama、vLLM 等服务。",
        "模型 {model} 的架構為 {architecture}，已安裝的 transformers 無法執行。請使用其 GGUF 檔案，"
        "或 Ollama、vLLM 等服務。",
    ),
    "error.needs_remote_code": (
        "The model {model} would run program code from its own folder, which is never allowed here. Use a GGUF file "
        "of it, or a server such as Ollama or vLLM.",
        "模型 {model} 需要运行其文件夹中的程序代码，这里一律不允许。请使用其 GGUF 文件，或 Ollama、vLLM 等服务。",
        "模型 {model} 需要執行其資料夾中的程式碼，這裡一律不允許。請使用其 GGUF 檔案，或 Ollama、vLLM 等服務。",
    ),
    "error.no_chat_template": (
        "The model {model} has no chat template: it continues texts and does not answer. Use its Instruct or Chat "
        "version.",
        "模型 {model} 没有对话模板：它只会续写文本，不会作答。请使用它的 Instruct 或 Chat 版本。",
        "模型 {model} 沒有對話範本：它只會續寫文字，不會作答。請使用它的 Instruct 或 Chat 版本。",
    ),
    "error.missing_dependency": (
        "{package} is not installed. Install it with: pip install {extra}",
        "未安装 {package}。请安装：pip install {extra}",
        "未安裝 {package}。請安裝：pip install {extra}",
    ),
    "error.hub_offline": (
        "The hub {hub} could not be reached for {model}. Check the connection, set HF_ENDPOINT to a mirror, or copy "
        "the model to this machine and name its folder.",
        "无法连接 {hub} 获取 {model}。请检查网络，把 HF_ENDPOINT 设为镜像站，或把模型复制到本机后指定其文件夹。",
        "無法連線 {hub} 取得 {model}。請檢查網路，把 HF_ENDPOINT 設為鏡像站，或把模型複製到本機後指定其資料夾。",
    ),
    "error.hub_denied": (
        "The hub {hub} does not hand out {model}: it does not exist there, or it wants its licence accepted or a "
        "token (HF_TOKEN). Check the name.",
        "{hub} 不提供 {model}：该模型不存在，或需要先接受许可或提供令牌（HF_TOKEN）。请检查名称。",
        "{hub} 不提供 {model}：該模型不存在，或需要先接受授權或提供權杖（HF_TOKEN）。請檢查名稱。",
    ),
    "error.disk_full": (
        "{model} needs {needed} in {path}, where {free} are free. Free some space, or set HF_HOME to a folder on "
        "another disk; what was fetched so far is kept.",
        "{model} 需要 {needed}，而 {path} 只剩 {free}。请腾出空间，或把 HF_HOME 设为其他磁盘上的文件夹；"
        "已下载的部分会保留。",
        "{model} 需要 {needed}，而 {path} 只剩 {free}。請騰出空間，或把 HF_HOME 設為其他磁碟上的資料夾；"
        "已下載的部分會保留。",
    ),
    "error.server_down": (
        'The model server at {url} does not answer. Start it and ask again, or set model = "extractive" to answer '
        "without one.",
        '模型服务 {url} 没有响应。请启动它后重新提问，或设置 model = "extractive" 不用模型作答。',
        '模型服務 {url} 沒有回應。請啟動它後重新提問，或設定 model = "extractive" 不用模型作答。',
    ),
    "error.server_rejected": (
        "The model server at {url} refused the request: {reason}. Check the model's name and the server's log.",
        "模型服务 {url} 拒绝了请求：{reason}。请检查模型名称和服务日志。",
        "模型服務 {url} 拒絕了請求：{reason}。請檢查模型名稱和服務記錄。",
    ),
    "error.prompt_too_long": (
        "Question and evidence do not fit the model {model} (context: {limit} tokens). Lower sources in the "
        "settings, or run the model with a longer context.",
        "问题和资料超出了模型 {model} 的上下文（{limit} 个 token）。请在设置中减小 sources，或以更长的上下文运行模型。",
        "問題和資料超出了模型 {model} 的上下文（{limit} 個 token）。請在設定中減小 sources，或以更長的上下文執行模型。",
    ),
    "error.out_of_memory": (
        "The model {model} does not fit into the memory. Use a smaller or a quantised one (GGUF, Q4_K_M).",
        "内存放不下模型 {model}。请使用更小的或量化的模型（GGUF，Q4_K_M）。",
        "記憶體放不下模型 {model}。請使用更小的或量化的模型（GGUF，Q4_K_M）。",
    ),
    "error.not_yet": (
        "rag {command} is planned but not part of this version. See the README for what there is.",
        "rag {command} 已在计划中，但本版本还没有。现有功能请看 README。",
        "rag {command} 已在計畫中，但本版本還沒有。現有功能請看 README。",
    ),
    "reason.empty": (
        "the file is empty",
        "文件是空的",
        "檔案是空的",
    ),
    "reason.no_text": (
        "no text was found in it; a scanned document needs text recognition (OCR) first",
        "其中没有文字；扫描件请先做文字识别（OCR）",
        "其中沒有文字；掃描檔請先做文字辨識（OCR）",
    ),
    "reason.too_large": (
        "it has {size} MB, more than the {limit} MB allowed for this kind of file; split it into parts",
        "大小为 {size} MB，超过此类文件的上限 {limit} MB；请拆分后再试",
        "大小為 {size} MB，超過此類檔案的上限 {limit} MB；請拆分後再試",
    ),
    "reason.binary": (
        "it holds binary data, not text",
        "内容是二进制数据，不是文本",
        "內容是二進位資料，不是文字",
    ),
    "reason.unsupported": (
        "files of the type {suffix} are not supported; use .txt, .md, .html, .pdf, .docx or .jsonl",
        "不支持 {suffix} 类型的文件；请使用 .txt、.md、.html、.pdf、.docx 或 .jsonl",
        "不支援 {suffix} 類型的檔案；請使用 .txt、.md、.html、.pdf、.docx 或 .jsonl",
    ),
    "reason.encoding": (
        "its character encoding could not be recognised; save it as UTF-8",
        "无法识别文字编码；请另存为 UTF-8",
        "無法辨識文字編碼；請另存為 UTF-8",
    ),
    "reason.bad_pdf": (
        "it is not a PDF or is damaged; export it again",
        "它不是 PDF 文件或已损坏；请重新导出",
        "它不是 PDF 檔案或已損壞；請重新匯出",
    ),
    "reason.truncated_pdf": (
        "the PDF ends too early; download or export it again",
        "PDF 不完整；请重新下载或导出",
        "PDF 不完整；請重新下載或匯出",
    ),
    "reason.encrypted_pdf": (
        "the PDF is locked with a password; save a copy without one",
        "PDF 设有密码；请另存一份不带密码的副本",
        "PDF 設有密碼；請另存一份不含密碼的副本",
    ),
    "reason.bad_docx": (
        "it is not a Word document or is damaged; save it again as .docx",
        "它不是 Word 文档或已损坏；请重新另存为 .docx",
        "它不是 Word 文件或已損壞；請重新另存為 .docx",
    ),
    "reason.zip_bomb": (
        "it would unpack to far more data than a document holds and was not opened",
        "解压后的数据远超正常文档，因此没有打开",
        "解壓縮後的資料遠超過一般文件，因此沒有開啟",
    ),
    "reason.bad_html": (
        "the web page could not be taken apart; save it as plain text",
        "无法解析该网页；请另存为纯文本",
        "無法解析該網頁；請另存為純文字",
    ),
    "reason.bad_json_line": (
        "line {line} is not a JSON object",
        "第 {line} 行不是 JSON 对象",
        "第 {line} 行不是 JSON 物件",
    ),
    "reason.bad_json_field": (
        'line {line} has no usable "{field}"',
        "第 {line} 行缺少可用的“{field}”",
        "第 {line} 行缺少可用的「{field}」",
    ),
    "reason.repeated_id": (
        'line {line} repeats the id "{id}"; the first one was kept',
        "第 {line} 行的 id“{id}”重复；已保留第一个",
        "第 {line} 行的 id「{id}」重複；已保留第一個",
    ),
    "reason.vanished": (
        "it is no longer there",
        "文件已不存在",
        "檔案已不存在",
    ),
    "reason.not_found": (
        "there is no such file or folder",
        "没有这个文件或文件夹",
        "沒有這個檔案或資料夾",
    ),
    "reason.permission": (
        "there is no permission to read it",
        "没有读取权限",
        "沒有讀取權限",
    ),
    "reason.directory": (
        "it is a folder",
        "它是一个文件夹",
        "它是一個資料夾",
    ),
    "reason.link_loop": (
        "it is a link that leads back to itself",
        "它是指向自身的循环链接",
        "它是指向自身的循環連結",
    ),
    "reason.not_a_file": (
        "it is a device or a pipe, not a file",
        "它是设备或管道，不是文件",
        "它是裝置或管道，不是檔案",
    ),
    "reason.unknown_setting": (
        "there is no setting called {name}",
        "没有名为 {name} 的设置",
        "沒有名為 {name} 的設定",
    ),
    "reason.out_of_range": (
        "it must lie between {low} and {high}",
        "取值须在 {low} 与 {high} 之间",
        "取值須介於 {low} 與 {high} 之間",
    ),
    "reason.need_int": (
        "it must be a whole number",
        "应为整数",
        "應為整數",
    ),
    "reason.need_float": (
        "it must be a number",
        "应为数字",
        "應為數字",
    ),
    "reason.need_bool": (
        "it must be true or false",
        "应为 true 或 false",
        "應為 true 或 false",
    ),
    "reason.need_str": (
        "it must be text in quotation marks",
        "应为带引号的文本",
        "應為加上引號的文字",
    ),
    "reason.need_tuple": (
        "it must be a list of texts",
        "应为文本列表",
        "應為文字清單",
    ),
    "reason.need_choice": (
        "it must be one of {choices}",
        "只能是以下之一：{choices}",
        "只能是以下之一：{choices}",
    ),
    "reason.need_date": (
        "it must be a date such as 2025, 2025-02 or 2025-02-14",
        "应为日期，例如 2025、2025-02 或 2025-02-14",
        "應為日期，例如 2025、2025-02 或 2025-02-14",
    ),
    "reason.port_taken": (
        "it cannot be listened on, most likely because another program uses it; choose another with --port",
        "无法监听该端口，很可能已被其他程序占用；请用 --port 另选一个",
        "無法監聽該連接埠，很可能已被其他程式占用；請用 --port 另選一個",
    ),
    "reason.disk": (
        "the disk reported an error ({detail})",
        "磁盘报告错误（{detail}）",
        "磁碟回報錯誤（{detail}）",
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


def say(key: str, language: str, **values: object) -> str:
    """The message `key` in an interface language, gaps filled; unknown languages read English."""
    return MESSAGES[key][_ORDER.get(language, 0)].format(**values)


def language_from_locale(locale: str | None) -> str:
    """The interface language for a locale name (`zh_TW.UTF-8`) or a browser's language tag (`zh-Hant-HK`)."""
    tag = (locale or "").replace("_", "-").split(".")[0].lower()
    if not tag.startswith("zh"):
        return "en"
    parts = tag.split("-")
    if "hans" in parts:
        return "zh-Hans"
    return "zh-Hant" if any(part in parts for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"
