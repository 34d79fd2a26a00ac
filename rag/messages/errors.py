"""What an error says: what happened, to which file, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages.texts import Texts

ERRORS: Mapping[str, Texts] = {
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
    "error.conversation_unknown": (
        "This conversation is no longer there. Begin a new one or choose another from the list.",
        "这段对话已不存在。请开始新对话，或从列表中选择其他对话。",
        "這段對話已不存在。請開始新對話，或從列表中選擇其他對話。",
    ),
    "error.conversations_unkept": (
        "The conversations in {path} cannot be read or written now: {reason}. Answers are shown but not kept.",
        "目前无法读写 {path} 中的对话：{reason}。回答可以显示，但不会保存。",
        "目前無法讀寫 {path} 中的對話：{reason}。回答可以顯示，但不會儲存。",
    ),
    "error.too_busy": (
        "{count} questions are waiting already. Ask again in a while.",
        "已有 {count} 个问题在排队，请稍后再问。",
        "已有 {count} 個問題在排隊，請稍後再問。",
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
    "error.unsupported_gguf": (
        "The model {model} has the architecture {architecture}, which the installed llama.cpp cannot run. Upgrade it "
        "with pip install -U xllamacpp, or use a server such as Ollama or vLLM.",
        "模型 {model} 的架构为 {architecture}，已安装的 llama.cpp 无法运行。请用 pip install -U xllamacpp 升级，"
        "或使用 Ollama、vLLM 等服务。",
        "模型 {model} 的架構為 {architecture}，已安裝的 llama.cpp 無法執行。請用 pip install -U xllamacpp 升級，"
        "或使用 Ollama、vLLM 等服務。",
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
        "The hub {hub} was not reached for {model}. Check the connection and HF_HUB_OFFLINE, set HF_ENDPOINT to a "
        "mirror, or copy the model to this machine and name its folder.",
        "未能连接 {hub} 获取 {model}。请检查网络和 HF_HUB_OFFLINE，把 HF_ENDPOINT 设为镜像站，"
        "或把模型复制到本机后指定其文件夹。",
        "未能連線 {hub} 取得 {model}。請檢查網路和 HF_HUB_OFFLINE，把 HF_ENDPOINT 設為鏡像站，"
        "或把模型複製到本機後指定其資料夾。",
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
}
