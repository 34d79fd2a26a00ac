"""What is said of models: which was chosen and why, what there is, and how a trial went."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages.texts import Texts

MODELS: Mapping[str, Texts] = {
    "generator.chosen": (
        "Answers come from {model} ({reason}).",
        "回答来自 {model}（{reason}）。",
        "回答來自 {model}（{reason}）。",
    ),
    "chosen.setting": (
        "{model} is set",
        "设置中指定了 {model}",
        "設定中指定了 {model}",
    ),
    "chosen.variable": (
        "{variable} names the server {url}; of its models {model} is used",
        "{variable} 指定了服务 {url}；使用其中的模型 {model}",
        "{variable} 指定了服務 {url}；使用其中的模型 {model}",
    ),
    "chosen.running": (
        "a model server runs at {url}; of its models {model} is used",
        "本机 {url} 正在运行模型服务；使用其中的模型 {model}",
        "本機 {url} 正在執行模型服務；使用其中的模型 {model}",
    ),
    "chosen.none": (
        "no model is set and no model server runs here: answers are put together from the articles' own sentences",
        "未设置模型，本机也没有运行模型服务：回答由文章原句组成",
        "未設定模型，本機也沒有執行模型服務：回答由文章原句組成",
    ),
    "chosen.far": (
        "{variable} is passed over: {url} lies outside your own network. To use it all the same, set "
        'model = "{url}#NAME"',
        '未采用 {variable}：{url} 不在您自己的网络内。如仍要使用，请设置 model = "{url}#名称"',
        '未採用 {variable}：{url} 不在您自己的網路內。如仍要使用，請設定 model = "{url}#名稱"',
    ),
    "chosen.silent": (
        "{variable} is passed over: no model server answers at {url}",
        "未采用 {variable}：{url} 没有模型服务应答",
        "未採用 {variable}：{url} 沒有模型服務回應",
    ),
    "chosen.no_chat": (
        "{variable} is passed over: the server at {url} has no model that can chat",
        "未采用 {variable}：服务 {url} 没有可对话的模型",
        "未採用 {variable}：服務 {url} 沒有可對話的模型",
    ),
    "chosen.unusable": (
        "{variable} is passed over: {url} is not the address of a server",
        "未采用 {variable}：{url} 不是服务地址",
        "未採用 {variable}：{url} 不是服務位址",
    ),
    "models.installed": (
        "On this machine",
        "本机已有",
        "本機已有",
    ),
    "models.running": (
        "Running servers",
        "正在运行的服务",
        "正在執行的服務",
    ),
    "models.recommended": (
        "Recommended",
        "推荐",
        "推薦",
    ),
    "models.none": (
        "none",
        "无",
        "無",
    ),
    "models.machine": (
        "Memory of this machine: {total} ({available} free), GPU: {gpu}",
        "本机内存：{total}（可用 {available}），GPU：{gpu}",
        "本機記憶體：{total}（可用 {available}），GPU：{gpu}",
    ),
    "models.not_looked": (
        "not looked for",
        "未检查",
        "未檢查",
    ),
    "models.name": (
        "name",
        "名称",
        "名稱",
    ),
    "models.kind": (
        "kind",
        "类型",
        "類型",
    ),
    "models.size": (
        "size",
        "大小",
        "大小",
    ),
    "models.setting": (
        "setting",
        "设置",
        "設定",
    ),
    "models.parameters": (
        "parameters",
        "参数量",
        "參數量",
    ),
    "models.memory": (
        "memory at 4 bits",
        "4 位量化内存",
        "4 位元量化記憶體",
    ),
    "models.fits": (
        "fits here",
        "本机可用",
        "本機可用",
    ),
    "models.yes": (
        "yes",
        "是",
        "是",
    ),
    "models.no": (
        "no",
        "否",
        "否",
    ),
    "models.incomplete": (
        "incomplete",
        "不完整",
        "不完整",
    ),
    "models.state": (
        "state",
        "状态",
        "狀態",
    ),
    "models.loaded": (
        "loaded",
        "已加载",
        "已載入",
    ),
    "models.remove": (
        "Remove {model} ({size})?",
        "移除 {model}（{size}）？",
        "移除 {model}（{size}）？",
    ),
    "models.removed": (
        "removed {model}, {size}",
        "已移除 {model}，{size}",
        "已移除 {model}，{size}",
    ),
    "models.kept": (
        "{model} was kept",
        "已保留 {model}",
        "已保留 {model}",
    ),
    "models.check_passage": (
        "The lighthouse of Varnholm was built in 1912. It is 31 metres high and painted white.",
        "瓦恩岛的灯塔建于1912年，高31米，外墙漆成白色。",
        "瓦恩島的燈塔建於1912年，高31公尺，外牆漆成白色。",
    ),
    "models.check_question": (
        "In one short sentence: when was the lighthouse built?",
        "请用一句话回答：灯塔建于哪一年？",
        "請用一句話回答：燈塔建於哪一年？",
    ),
    "models.check_opened": (
        "opened in {seconds} s",
        "加载用时 {seconds} 秒",
        "載入用時 {seconds} 秒",
    ),
    "models.check_speed": (
        "first token after {first} s, then {speed} tokens a second; memory: {memory}",
        "首个 token 用时 {first} 秒，之后每秒 {speed} 个 token；内存：{memory}",
        "首個 token 用時 {first} 秒，之後每秒 {speed} 個 token；記憶體：{memory}",
    ),
    "models.check_empty": (
        "the model gave no answer",
        "模型没有作答",
        "模型沒有作答",
    ),
    "models.repository": (
        "repository",
        "仓库",
        "儲存庫",
    ),
    "models.check_nothing": (
        "There is no model to check; name one.",
        "没有可检查的模型；请指定一个。",
        "沒有可檢查的模型；請指定一個。",
    ),
    "models.of_server": (
        "the server's own",
        "由服务占用",
        "由服務占用",
    ),
}
