"""The words of the settings and of signing in, in the form of `ui.words`."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages import Texts

WORDS: Mapping[str, Texts] = {
    "settings": ("Settings", "设置", "設定"),
    "settings.model": ("Model", "模型", "模型"),
    "settings.model.usual": ("As set up here ({model})", "按本机设置（{model}）", "依本機設定（{model}）"),
    "settings.model.auto": ("chosen automatically", "自动选择", "自動選擇"),
    "settings.model.none": (
        "No model: quotes from the articles",
        "不用模型：直接引用原文",
        "不用模型：直接引用原文",
    ),
    "settings.model.loaded": ("{model} (ready)", "{model}（已载入）", "{model}（已載入）"),
    "settings.model_gone": (
        "{model} is no longer among the models found here, so the usual one answered. Choose another in the settings.",
        "本机已找不到 {model}，因此由默认模型作答。请在设置中另选。",
        "本機已找不到 {model}，因此由預設模型作答。請在設定中另選。",
    ),
    "settings.refresh": ("Look for models again", "重新查找模型", "重新尋找模型"),
    "settings.test": ("Test this model", "测试此模型", "測試此模型"),
    "settings.test.opening": ("Opening {model}…", "正在打开 {model}……", "正在開啟 {model}……"),
    "settings.test.opened": (
        "{model} is open after {seconds} s. Waiting for its first words…",
        "{model} 已打开，用时 {seconds} 秒。正在等待开头……",
        "{model} 已開啟，花了 {seconds} 秒。正在等待開頭……",
    ),
    "settings.test.first": (
        "{model} began to write after {seconds} s…",
        "{model} 在 {seconds} 秒后开始输出……",
        "{model} 在 {seconds} 秒後開始輸出……",
    ),
    "settings.test.done": (
        "{model} works: first words after {first} s, then {speed} tokens a second.",
        "{model} 可以使用：{first} 秒后开始输出，之后每秒 {speed} 个 token。",
        "{model} 可以使用：{first} 秒後開始輸出，之後每秒 {speed} 個 token。",
    ),
    "settings.test.empty": (
        "{model} opened but wrote nothing.",
        "{model} 能打开，但没有输出任何内容。",
        "{model} 能開啟，但沒有輸出任何內容。",
    ),
    "settings.test.none": (
        "Answers are quoted from the articles; there is no model to test.",
        "回答直接引用原文，没有需要测试的模型。",
        "回答直接引用原文，沒有需要測試的模型。",
    ),
    "settings.thinking": ("Thinking", "思考", "思考"),
    "settings.thinking.auto": ("As its makers set it", "按模型默认", "依模型預設"),
    "settings.thinking.on": ("On", "开启", "開啟"),
    "settings.thinking.off": ("Off", "关闭", "關閉"),
    "settings.thinking.unknown": (
        "It is not known how this model thinks; the choice may change nothing.",
        "尚不清楚该模型如何思考，此选项可能不起作用。",
        "尚不清楚該模型如何思考，此選項可能不起作用。",
    ),
    "settings.thinking.never": (
        "{family} does not think before it answers; the choice changes nothing.",
        "{family} 不会先思考再回答，此选项不起作用。",
        "{family} 不會先思考再回答，此選項不起作用。",
    ),
    "settings.thinking.always": (
        "{family} always thinks first. Off cannot stop it: its thinking is cut short after {tokens} tokens, and stays "
        "folded away.",
        "{family} 总是先思考再回答，选择“关闭”也无法停止：思考超过 {tokens} 个 token 会被截断，内容保持折叠。",
        "{family} 總是先思考再回答，選擇「關閉」也無法停止：思考超過 {tokens} 個 token 會被截斷，內容保持摺疊。",
    ),
    "settings.thinking.shortest": (
        "{family} always thinks first. Off makes it think as briefly as it can.",
        "{family} 总是先思考再回答，选择“关闭”会让它尽量少想。",
        "{family} 總是先思考再回答，選擇「關閉」會讓它盡量少想。",
    ),
    "settings.thinking.starts_on": (
        "{family} thinks first unless this is off. Off answers sooner.",
        "{family} 默认先思考再回答；关闭后回答更快。",
        "{family} 預設先思考再回答；關閉後回答更快。",
    ),
    "settings.thinking.starts_off": (
        "{family} thinks first only when this is on. On takes longer.",
        "{family} 只有开启后才先思考再回答；开启后耗时更长。",
        "{family} 只有開啟後才先思考再回答；開啟後需時更久。",
    ),
    "settings.effort": ("How long it thinks", "思考程度", "思考程度"),
    "settings.effort.info": (
        "Only some models know degrees. A change may open the model anew.",
        "只有部分模型支持；更改后可能需要重新打开模型。",
        "只有部分模型支援；變更後可能需要重新開啟模型。",
    ),
    "settings.effort.low": ("Briefly", "简短", "簡短"),
    "settings.effort.medium": ("Moderately", "适中", "適中"),
    "settings.effort.high": ("Long", "深入", "深入"),
    "settings.sources": ("Passages handed to the answer", "作答时最多使用的段落数", "作答時最多使用的段落數"),
    "settings.languages": ("Search articles in", "检索哪些语言的文章", "檢索哪些語言的文章"),
    "settings.language": ("Language of this page", "界面语言", "介面語言"),
    "settings.language.browser": ("As the browser", "跟随浏览器", "跟隨瀏覽器"),
    "settings.theme": ("Colours", "颜色", "色彩"),
    "settings.theme.auto": ("As the system", "跟随系统", "跟隨系統"),
    "settings.theme.light": ("Light", "浅色", "淺色"),
    "settings.theme.dark": ("Dark", "深色", "深色"),
    "settings.size": ("Size of letters", "字号", "字級"),
    "settings.size.small": ("Small", "小", "小"),
    "settings.size.normal": ("Normal", "标准", "標準"),
    "settings.size.large": ("Large", "大", "大"),
    "settings.reset": ("Back to the defaults", "恢复默认", "恢復預設"),
    "settings.kept": (
        "These choices are kept in this browser only.",
        "这些选项只保存在此浏览器中。",
        "這些選項只保存在此瀏覽器中。",
    ),
    "signin.name": ("Name", "用户名", "使用者名稱"),
    "signin.password": ("Password", "密码", "密碼"),
    "signin.enter": ("Sign in", "登录", "登入"),
    "signin.leave": ("Sign out", "退出登录", "登出"),
    "signin.wrong": (
        "Name and password do not match. Try again.",
        "用户名与密码不符，请重试。",
        "使用者名稱與密碼不符，請重試。",
    ),
    "signin.wait": (
        "Too many wrong tries. Try again in {seconds} s.",
        "错误次数过多，请在 {seconds} 秒后重试。",
        "錯誤次數過多，請在 {seconds} 秒後重試。",
    ),
}
