"""The words of the page's frame, of asking again, and of waiting, in the form of `ui.words`."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages import Texts

WORDS: Mapping[str, Texts] = {
    "menu.short": ("Menu", "菜单", "選單"),
    "again": ("Ask again", "重新回答", "重新回答"),
    "edit": ("Edit question", "修改问题", "修改問題"),
    "editing": (
        "You are changing the last question; its answer will be replaced.",
        "正在修改上一个问题，原来的回答将被替换。",
        "正在修改上一個問題，原來的回答會被取代。",
    ),
    "editing.cancel": ("Leave it as it was", "不修改", "不修改"),
    "lost": (
        "The server cannot be reached. What you typed is kept, and the page tries again by itself.",
        "暂时连不上服务器。已输入的内容会保留，页面会自动重试。",
        "暫時連不上伺服器。已輸入的內容會保留，頁面會自動重試。",
    ),
    "line": (
        "Questions ahead of yours: {count}. It is answered as soon as they are done.",
        "前面还有 {count} 个问题，轮到后立即作答。",
        "前面還有 {count} 個問題，輪到後立即作答。",
    ),
    "example.about": ("What does “{title}” say?", "《{title}》讲了什么？", "《{title}》講了什麼？"),
    "collection.all": ("Manage collections", "管理文库", "管理文庫"),
    "collection.create": ("Create", "新建", "新增"),
    "collection.keep": ("Keep", "保留", "保留"),
}
