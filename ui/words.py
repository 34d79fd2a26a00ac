"""Every word of the chat page, in English, Simplified and Traditional Chinese, in the form of `rag.messages`.

The three texts of a key have the same named gaps. Which language a page speaks is decided here, once, from the
setting and the browser's list of languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.messages import Texts, language_from_locale
from rag.types import LANGUAGES, Language
from ui import words_articles, words_conversations, words_page, words_settings, words_sources

LANGUAGE_NAMES: Mapping[Language, str] = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
"""The languages as their own readers write them."""

WORDS: Mapping[str, Texts] = {
    "title": ("Ask your articles", "问问你的文章", "問問你的文章"),
    "tagline": (
        "Ask in English or Chinese. Every sentence of an answer shows the place it comes from. "
        "Nothing leaves this machine.",
        "用中文或英文提问，回答的每一句都标明出处。一切都在本机完成。",
        "用中文或英文提問，回答的每一句都標明出處。一切都在本機完成。",
    ),
    "language": ("Language", "界面语言", "介面語言"),
    "conversation": ("Conversation", "对话", "對話"),
    "question": ("Your question", "你的问题", "你的問題"),
    "question.hint": ("Type a question", "输入问题", "輸入問題"),
    "question.keys": (
        "Enter sends, Shift+Enter breaks the line.",
        "按 Enter 发送，按 Shift+Enter 换行。",
        "按 Enter 送出，按 Shift+Enter 換行。",
    ),
    "send": ("Send", "发送", "送出"),
    "stop": ("Stop", "停止", "停止"),
    "new": ("New conversation", "新对话", "新對話"),
    "you_asked": ("You asked:", "你问：", "你問："),
    "examples": ("Questions to begin with", "可以先试试这些问题", "可以先試試這些問題"),
    "empty": (
        "Ask a question about the articles in this index.",
        "请就索引中的文章提问。",
        "請就索引中的文章提問。",
    ),
    "no_articles": (
        "There are no articles here yet. Open “Articles” to add some, or run: rag ingest FOLDER",
        "这里还没有文章。请打开“文章”来添加，或运行：rag ingest 文件夹",
        "這裡還沒有文章。請打開「文章」來加入，或執行：rag ingest 資料夾",
    ),
    "searching": ("Searching the articles…", "正在检索文章……", "正在檢索文章……"),
    "writing": ("Passages found: {count}. Writing…", "找到 {count} 段，正在作答……", "找到 {count} 段，正在作答……"),
    "thinking": (
        "Passages found: {count}. Thinking…",
        "找到 {count} 段，正在思考……",
        "找到 {count} 段，正在思考……",
    ),
    "thinking.running": ("Thinking…", "思考中……", "思考中……"),
    "thinking.ended": ("Thought first", "思考过程", "思考過程"),
    "searched_for": ("Searched for: ", "检索的问题：", "檢索的問題："),
    "stopped": ("Stopped.", "已停止。", "已停止。"),
    "short_answer": ("Short answer", "简短回答", "簡短回答"),
    "refused": ("No answer in these articles", "这些文章里没有答案", "這些文章裡沒有答案"),
    "sources": ("Sources", "出处", "出處"),
    "sources.count": ("Sources ({count})", "出处（{count}）", "出處（{count}）"),
    "nearest": ("Nearest passages", "最接近的段落", "最接近的段落"),
    "nearest.count": ("Nearest passages ({count})", "最接近的段落（{count}）", "最接近的段落（{count}）"),
    "also_found": (
        "Also found, not cited ({count})",
        "其他检索结果，未引用（{count}）",
        "其他檢索結果，未引用（{count}）",
    ),
    "page": ("page {page}", "第 {page} 页", "第 {page} 頁"),
    "go_to_source": ("Source {number}: {title}", "出处 {number}：{title}", "出處 {number}：{title}"),
    "unsupported": (
        "This source does not clearly support the sentence.",
        "该出处不能明确支持这句话。",
        "這個出處無法明確支持這句話。",
    ),
    "doubted": ("In doubt: {why}", "存疑：{why}", "存疑：{why}"),
    "doubted.legend": (
        "Dotted underline: not clearly supported. Point at the sentence or tap it to see why.",
        "带点状下划线的句子缺乏明确依据，将指针移到句上或点按即可查看原因。",
        "帶點狀底線的句子缺乏明確依據，將游標移到句上或點一下即可查看原因。",
    ),
    "doubted.quantity": (
        "a figure in this sentence is not in its source.",
        "句中的数字在出处里找不到。",
        "句中的數字在出處裡找不到。",
    ),
    "doubted.name": (
        "a name in this sentence is not in its source.",
        "句中的名称在出处里找不到。",
        "句中的名稱在出處裡找不到。",
    ),
    "doubted.negation": (
        "its source seems to say the opposite.",
        "出处的说法似乎与这句话相反。",
        "出處的說法似乎與這句話相反。",
    ),
    "doubted.meaning": (
        "its source does not clearly say this.",
        "出处没有明确这样说。",
        "出處沒有明確這樣說。",
    ),
    "doubted.uncited": (
        "it names no source, and none was found that supports it.",
        "这句话没有标明出处，也找不到支持它的出处。",
        "這句話沒有標明出處，也找不到支持它的出處。",
    ),
    "doubted.missing": (" Missing there: {missing}.", "其中缺少：{missing}。", "其中缺少：{missing}。"),
    "list": (", ", "、", "、"),
    "open_article": ("Open article", "打开文章", "開啟文章"),
    "open_named": ("Open article: {title}", "打开文章：{title}", "開啟文章：{title}"),
    "close": ("Close", "关闭", "關閉"),
    "article_gone": (
        "This article is no longer in the index.",
        "这篇文章已不在索引中。",
        "這篇文章已不在索引中。",
    ),
    "ready": ("Answer ready. Sources: {count}.", "已作答，出处 {count} 个。", "已作答，出處 {count} 個。"),
    "made.quoted": (
        "Quoted from the articles, without a language model",
        "直接引用原文，未用语言模型",
        "直接引用原文，未用語言模型",
    ),
    "made.refused": ("Searched without a language model", "检索时未用语言模型", "檢索時未用語言模型"),
    "made.written": ("Written by {generator}", "由 {generator} 撰写", "由 {generator} 撰寫"),
    "made.judged": (
        "Searched and judged with {generator}",
        "检索与判断由 {generator} 完成",
        "檢索與判斷由 {generator} 完成",
    ),
    "seconds": ("{seconds} s", "{seconds} 秒", "{seconds} 秒"),
    "language.en": ("English", "英文", "英文"),
    "language.zh-Hans": ("Simplified Chinese", "简体中文", "簡體中文"),
    "language.zh-Hant": ("Traditional Chinese", "繁体中文", "繁體中文"),
    **words_articles.WORDS,
    **words_conversations.WORDS,
    **words_page.WORDS,
    **words_settings.WORDS,
    **words_sources.WORDS,
}


@dataclass(frozen=True, slots=True)
class Example:
    """A question to begin with; `source` is the sample article that answers it."""

    text: str
    language: Language
    source: str


EXAMPLES = (
    Example("How many chipmakers declared support for DeepSeek?", "en", "en/seventeen-chipmakers-and-one-model.md"),
    Example("华侨银行同时运行多少个开源模型？", "zh-Hans", "zh-Hans/ocbc-shige-moxing.md"),
    Example("哪一款模型登上 Hugging Face 開源榜第一名？", "zh-Hant", "zh-Hant/qwen-yansheng-jiazu.md"),
    Example("How much will Alibaba invest in cloud and AI hardware?", "en", "zh-Hant/alibaba-zijie-ziben-zhichu.md"),
    Example("腾讯元宝是什么时候登上苹果免费榜第一的？", "zh-Hans", "zh-Hant/zhushou-app-xiazai-chao.md"),
    Example("Kimi 二月新增了多少次下載？", "zh-Hant", "en/kimi-in-the-shadow-of-deepseek.md"),
)
"""Asked of the sample corpus; the last of each language is answered also by an article in another one."""


def label(key: str, language: str, **values: object) -> str:
    """The words of `key` in an interface language, gaps filled; unknown languages read English."""
    position = LANGUAGES.index(language) if language in LANGUAGES else 0
    return WORDS[key][position].format(**values)


def interface_language(setting: str, accept_language: str | None) -> str:
    """The language the page opens in: the setting, else the browser's first choice that is English or Chinese."""
    if setting:
        return language_from_locale(setting)
    for tag in _by_preference(accept_language or ""):
        if tag.lower().split("-")[0] in ("en", "zh"):
            return language_from_locale(tag)
    return "en"


def _by_preference(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        weighted.append((-quality, tag.strip()))
    return [tag for quality, tag in sorted(weighted, key=lambda pair: pair[0]) if quality < 0]
