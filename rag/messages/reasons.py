"""Reasons that stand inside other messages, without a capital and a full stop."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages.texts import Texts

REASONS: Mapping[str, Texts] = {
    "reason.no_relevance": (
        "it gives no single relevance score; a reranker has one output",
        "它不给出单一的相关性分数；重排模型只有一个输出",
        "它不給出單一的相關性分數；重排模型只有一個輸出",
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
    "reason.no_gold": (
        "it holds no gold pair (a JSON object a line with question, answers and evidence)",
        "其中没有评测问题（每行一个 JSON 对象，含 question、answers 和 evidence）",
        "其中沒有評測問題（每行一個 JSON 物件，含 question、answers 和 evidence）",
    ),
    "reason.not_squad": (
        "it is not in the format of SQuAD",
        "它不是 SQuAD 格式",
        "它不是 SQuAD 格式",
    ),
    "reason.split_twice": (
        "an article is named twice in it; each belongs to one half",
        "有文章被列出两次；每篇文章只能属于一半",
        "有文章被列出兩次；每篇文章只能屬於一半",
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
    "reason.need_model": (
        "it must be auto, extractive, ollama:NAME, lmstudio:NAME, vllm:NAME, http://HOST:PORT/v1#NAME, gguf:FILE, or "
        "hf:NAME with a hub name or a folder",
        "应为 auto、extractive、ollama:名称、lmstudio:名称、vllm:名称、http://HOST:PORT/v1#名称、gguf:文件，"
        "或 hf:名称（模型站名称或文件夹）",
        "應為 auto、extractive、ollama:名稱、lmstudio:名稱、vllm:名稱、http://HOST:PORT/v1#名稱、gguf:檔案，"
        "或 hf:名稱（模型站名稱或資料夾）",
    ),
    "reason.bad_address": (
        "{url} is not the address of a server; write it like http://127.0.0.1:8000/v1, without a password",
        "{url} 不是服务地址；请写成 http://127.0.0.1:8000/v1 的形式，不含密码",
        "{url} 不是服務位址；請寫成 http://127.0.0.1:8000/v1 的形式，不含密碼",
    ),
    "reason.far_server": (
        "{url} lies outside your own network, and the articles' passages would be sent there; if you want that, set "
        'model = "{url}#NAME"',
        '{url} 不在您自己的网络内，文章段落会被发送到那里；如确有此意，请设置 model = "{url}#名称"',
        '{url} 不在您自己的網路內，文章段落會被傳送到那裡；如確有此意，請設定 model = "{url}#名稱"',
    ),
    "reason.no_model_server": (
        "what answers there is not a model server",
        "在那里应答的不是模型服务",
        "在那裡回應的不是模型服務",
    ),
    "reason.serves_no_chat": (
        "the server has no model that can chat",
        "该服务没有可对话的模型",
        "該服務沒有可對話的模型",
    ),
    "reason.not_served": (
        "the server at {url} does not have it",
        "服务 {url} 上没有它",
        "服務 {url} 上沒有它",
    ),
    "reason.others_served": (
        "the server at {url} has: {names}",
        "服务 {url} 上有：{names}",
        "服務 {url} 上有：{names}",
    ),
    "reason.unknown_model": (
        "it is neither a hub name such as OWNER/NAME nor a known short name",
        "它既不是“作者/名称”形式的模型站名称，也不是已知的简称",
        "它既不是「作者/名稱」形式的模型站名稱，也不是已知的簡稱",
    ),
    "reason.not_installed": (
        "it is not among the downloaded models",
        "已下载的模型中没有它",
        "已下載的模型中沒有它",
    ),
    "reason.no_such_gguf": (
        "its GGUF files are: {found}",
        "它的 GGUF 文件有：{found}",
        "它的 GGUF 檔案有：{found}",
    ),
    "reason.no_model_files": (
        "there are no model files in it",
        "其中没有模型文件",
        "其中沒有模型檔案",
    ),
    "reason.cut_off": (
        "{file} has {have} of {size}",
        "{file} 只有 {have}，应为 {size}",
        "{file} 只有 {have}，應為 {size}",
    ),
    "reason.wrong_sum": (
        "{file} does not have the checksum that the hub states",
        "{file} 的校验和与模型站所给的不符",
        "{file} 的總和檢查碼與模型站所給的不符",
    ),
    "reason.not_cached": (
        "it is not on this machine; fetch it with rag models pull {model}",
        "本机上没有它；请用 rag models pull {model} 下载",
        "本機上沒有它；請用 rag models pull {model} 下載",
    ),
    "reason.file_missing": (
        "{file} is missing",
        "缺少 {file}",
        "缺少 {file}",
    ),
    "reason.file_damaged": (
        "{file} is cut off or damaged",
        "{file} 不完整或已损坏",
        "{file} 不完整或已損壞",
    ),
    "reason.no_weights": (
        "it has no weights (.safetensors)",
        "没有权重文件（.safetensors）",
        "沒有權重檔（.safetensors）",
    ),
    "reason.only_pickles": (
        "its weights are Python pickles, which can run code and are never read; only .safetensors are",
        "其权重为 Python pickle 格式，可能运行代码，因此不予读取；只读取 .safetensors",
        "其權重為 Python pickle 格式，可能執行程式碼，因此不予讀取；只讀取 .safetensors",
    ),
    "reason.weights_missing": (
        "{count} of its weights are missing, {first} among them",
        "缺少 {count} 个权重，其中有 {first}",
        "缺少 {count} 個權重，其中有 {first}",
    ),
    "reason.weights_unfitting": (
        "its weights do not have the shapes that config.json states",
        "其权重的形状与 config.json 不符",
        "其權重的形狀與 config.json 不符",
    ),
    "reason.no_tokenizer": (
        "its tokenizer is missing or cannot be read",
        "缺少分词器或无法读取",
        "缺少斷詞器或無法讀取",
    ),
    "reason.port_taken": (
        "it cannot be listened on, most likely because another program uses it; choose another with --port",
        "无法监听该端口，很可能已被其他程序占用；请用 --port 另选一个",
        "無法監聽該連接埠，很可能已被其他程式占用；請用 --port 另選一個",
    ),
    "reason.needs_auth": (
        "other machines could open the page there, so it needs a password: set RAG_AUTH to name:password, or to a "
        "file with one such line for each person",
        "其他机器可以在该地址打开页面，因此必须设置密码：请将 RAG_AUTH 设为 name:password，或设为每人一行的文件",
        "其他電腦可以在該位址開啟頁面，因此必須設定密碼：請將 RAG_AUTH 設為 name:password，或設為每人一行的檔案",
    ),
    "reason.bad_auth": (
        "it must be name:password, several separated by commas, or a file with one such line for each person; each "
        "name once, neither part empty",
        "应为 name:password，多个用逗号分隔，或为每人一行的文件；名称不得重复，名称和密码均不得为空",
        "應為 name:password，多個以逗號分隔，或為每人一行的檔案；名稱不得重複，名稱和密碼均不得為空",
    ),
    "reason.disk": (
        "the disk reported an error ({detail})",
        "磁盘报告错误（{detail}）",
        "磁碟回報錯誤（{detail}）",
    ),
    "reason.no_name": (
        "a name needs at least one letter or digit",
        "名称至少要有一个字母、汉字或数字",
        "名稱至少要有一個字母、漢字或數字",
    ),
    "reason.name_too_long": (
        "a name may have at most {limit} characters",
        "名称最多 {limit} 个字符",
        "名稱最多 {limit} 個字元",
    ),
    "reason.name_taken": (
        "another one has this name",
        "已有同名的一项",
        "已有同名的一項",
    ),
    "reason.no_collection": (
        "there is no such collection",
        "没有这个文库",
        "沒有這個文庫",
    ),
    "reason.kept_collection": (
        "this collection is always there; remove its articles instead",
        "此文库始终保留；请改为移除其中的文章",
        "此文庫始終保留；請改為移除其中的文章",
    ),
}
