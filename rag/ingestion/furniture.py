"""The wording of lines that are not article, in English and Chinese of both scripts.

Invariant: a pattern here holds for a whole line (white space stripped) and is narrow enough that a sentence or a
heading of an article does not match it; what depends on where a line stands is kept apart from what never is article.
"""

from __future__ import annotations

import re

_SURE_LABEL = (
    "撰文|作者|记者|記者|编辑|編輯|责编|責編|责任编辑|責任編輯|执行编辑|編審|校对|校對|审校|審校|主编|主編|监制|監製|制图|製圖|绘图|繪圖|摄影|攝影|"
    "来源|來源|资料来源|資料來源|图片来源|圖片來源|数据来源|數據來源|图源|圖源|图片|圖片|编译|編譯|译者|譯者|供图|供圖|題圖|题图|出品人|排版|美编|美編|"
    "实习生|實習生|通讯员|通訊員|审核|審核|採訪|采访|首图|首圖|封面图|封面圖"
)
_LOOSE_LABEL = "文|图|圖|文图|文圖|图文|圖文|文字|视频|影片|设计|設計|整理|翻译|翻譯|策划|策劃|统筹|統籌|出品|運營|运营"

CREDITS = re.compile(
    rf"^[（(【〔\[]?(?:{_SURE_LABEL})\s*[|｜丨/／:：]\s*[^。！？]{{1,40}}$"
    rf"|^[（(【〔\[]?(?:{_LOOSE_LABEL})\s*(?:[|｜丨/／]\s*[^。！？，]{{1,30}}|[:：]\s*[^\s。！？，]{{2,4}}[)）】]?)$"
    r"|^[^。！？，,/／]{1,15}\s*[/／|｜]\s*(?:制图|製圖|摄|攝|文|图|圖|摄影|攝影|编辑|編輯|图片|圖片|供图|供圖"
    r"|综合报道|綜合報導|整理)$"
    r"|^[□■●◎]?\s*(?:(?:本报|本報|本刊|本网|本網|本社|新华社|新華社|中新社|特约|特約|见习|見習|实习|實習"
    r"|首席)\s*){0,2}"
    r"[记記]者[\s／/]+[^。！？，]{2,20}\s*(?:报道|報道|報導|摄|攝|摄影|攝影|综合|綜合|[电電])?[)）]?$"
    r"|^[〔【（(\[]?[记記]者[^。！？，\s／/]{2,12}[／/][^。！？，]{2,10}(?:报道|報道|報導|[电電])[〕】）)\]]?$"
    r"|^[（(](?:中央社|中新社|新华社|新華社)[^。！？，]{2,30}[电電][)）]$"
)
"""Credits of Chinese articles, such as 文 | …, 編輯 | …, 本报记者 … 报道, …/制图, 资料来源：…"""

ENGLISH_CREDITS = re.compile(
    r"^(?:photo|photograph|image|picture|illustration|graphic|video)s?\s*(?:credit|courtesy|source|by|via|of)?s?\s*"
    r"(?::|/|\||©|by\b|courtesy\b)\s*\S.{0,100}(?<![.!?])$"
    r"|^(?:source|sources|credit|credits)\s*[:|]\s*\S.{0,80}(?<![.!?])$"
    r"|^\(?(?:additional |with )?(?:reporting|editing|writing|translation|photography"
    r"|graphics)\s+by\s+[A-Z][^!?]{2,120}$"
    r"|^(?:written|edited|translated|photographed|illustrated|reviewed|posted|published)\s+by:?\s+[A-Z][^.!?]{2,60}$",
    re.IGNORECASE,
)
"""Credits of English articles that say what they are."""

BYLINES = re.compile(
    r"^(?:By|BY)\s+(?:[A-Z][\w'’.-]*\.?\s+){1,3}[A-Z][\w'’-]+"
    r"(?:,?\s+(?:and|&|AND)\s+(?:[A-Z][\w'’.-]*\s+){1,3}[A-Z][\w'’-]+)?(?:\s*[,|–—-]\s*[^.!?]{1,60})?$"
    r"|^\d{1,2}\s+min(?:ute)?s?\s+read$|^(?:published|updated|last updated|posted)(?:\s+on|\s+at|:)\s*[^.!?]{4,50}$"
    r"|^(?:发布时间|發布時間|发布于|發布於|更新时间|更新時間|发表于|發表於)\s*[:：]?\s*[\d/年月日:：\s-]{4,30}$"
)
"""Lines that are credits near the beginning or the end only, such as By Jane Doe."""

CAPTIONS = re.compile(
    r"^[（(]?(?:图|圖|表|图表|圖表)\s*[\d一二三四五六七八九十]{1,3}\s*[:：.、|｜\s][^。！？]{1,60}$"
    r"|^[（(]?(?:图为|圖為|图/|圖/|图：|圖：|图源|圖源|资料图|資料圖|资料照|資料照|示意图|示意圖)[^。！？]{0,60}$"
    r"|^[▲△▼]\s*[^。！？]{1,80}$"
    r"|^(?:figure|fig\.|chart|exhibit)\s*\d{1,3}\s*[:.|–—-]\s*\S.{0,120}(?<![.!?])$",
    re.IGNORECASE,
)
"""Captions without a sentence in them; a caption that is a sentence carries information and is kept."""

NOTICES = re.compile(
    r"^(?:©|\(c\)\s|copyright\s*(?:©|\(c\)|\d{4}|by\b|notice)|all rights reserved|terms of (?:use|service)$"
    r"|privacy policy$)"
    r"|^.{0,80}©.{0,80}all rights reserved\.?$"
    r"|^(?:版[权權]所有(?![者人])|版权声明|版權聲明|著作權所有|免责声明[:：]|免責聲明[:：]|转载请|轉載請|欢迎转载"
    r"|歡迎轉載)"
    r"|^[^。]{0,20}未[经經][^。]{0,20}(?:授权|授權|许可|許可|同意|允许|允許)[^。]{0,30}(?:转载|轉載|使用|复制|複製"
    r"|摘编)"
    r"|^(?:本文|文章|本站)[^。]{0,15}(?:版权归|版權歸|版权属|版權屬|不代表本站|不代表本網|仅代表作者|僅代表作者)"
    r"|^(?:we|this (?:web)?site|our (?:web)?site)\s+(?:and our partners\s+)?uses?\s+cookies|^(?:accept|manage"
    r"|reject)(?: all)? cookies"
    r"|^cookie (?:policy|settings|preferences|notice)|^by (?:continuing to|using) (?:use |browse )?(?:this"
    r"|our) (?:web)?site"
    r"|^(?:本网站|本網站|本站|我们|我們)[^。]{0,8}使用\s*cookie",
    re.IGNORECASE,
)
"""Notices of copyright and cookies."""

CONTROLS = re.compile(
    r"^(?:share|share (?:this|on|via|to)\b.{0,40}|tweet|tweet this|follow us\b.{0,60}|subscribe"
    r"|subscribe (?:to (?:our|the)|now|today|for)\b.{0,80}"
    r"|sign up (?:for|to)\b.{0,60}(?:newsletter|updates|alerts|inbox).{0,40}|get our .{0,40}newsletter.{0,40}"
    r"|advertisement|advertising|sponsored(?: content)?"
    r"|continue reading|read the full (?:story|article).{0,40}|skip to (?:main )?content|back to top"
    r"|leave a (?:comment|reply)|\d+ comments?|comments? \(\d+\)"
    r"|log ?in|sign in|print this (?:page|article)|email this.{0,20}|copy link|download (?:our|the) app.{0,40}"
    r"|click here (?:to|for).{0,60}|listen to this article|previous (?:article|post)|next (?:article|post)"
    r"|tags?:.{1,100}|filed under:.{1,80})[.!…»]*$"
    r"|^(?:分享|转发|轉發|点赞|點讚|在看|广告|廣告|登录|登入|返回顶部|回到頂部|阅读原文|閱讀原文|阅读全文|閱讀全文"
    r"|繼續閱讀|继续阅读)$"
    r"|^(?:分享(?:到|至|给|給)|关注我们|關注我們|追蹤我們|点击(?:关注|订阅|阅读|查看|下载|上方|下方)|點擊(?:關注"
    r"|訂閱|閱讀|查看|下載)|点这里|點我|点我"
    r"|扫码|掃碼|扫描二维码|掃描|长按(?:识别|二维码)|長按|订阅(?:我们|本|频道|号)|訂閱(?:我們|本|頻道|電子報)"
    r"|加入(?:我们的|我們的|会员|會員|LINE|粉絲)"
    r"|上一篇|下一篇|下载[^。]{0,10}(?:APP|客户端)|下載[^。]{0,10}APP|打开[^。]{0,10}APP|更多精彩|欢迎关注"
    r"|歡迎追蹤|关注公众号|标签[:：]|標籤[:：]|关键词[:：]|關鍵字[:：]).{0,50}$"
    r"|^(?:read (?:more|also|next)|see also|related|also read|阅读更多|相关阅读|相關閱讀|延伸阅读|延伸閱讀"
    r"|推荐阅读|推薦閱讀)\s*[:：|]\s*\S.{0,150}(?<![.。])$",
    re.IGNORECASE,
)
"""What a page offers to do, and pointers to one other story."""

PAGE_NUMBERS = re.compile(
    r"^\W{0,3}(?:page|p\.)?\s*\d{1,4}\s*(?:(?:of|/|／)\s*\d{1,4})?\W{0,3}$"
    r"|^\W{0,3}第\s*\d{1,4}\s*[页頁]",
    re.IGNORECASE,
)
"""Page numbers; a bare number is one only in a text that has pages."""

SURE_PAGE_NUMBERS = re.compile(
    r"^\W{0,3}page\s+\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?\W{0,3}$"
    r"|^\W{0,3}第\s*\d{1,4}\s*[页頁](?:\s*[,，/／]?\s*共\s*\d{1,4}\s*[页頁])?\W{0,3}$",
    re.IGNORECASE,
)
"""Page numbers that say so."""

LEAD_INS = re.compile(
    r"^(?:#{1,6}\s*|\*\*|[▶►●■◆>\[【〈《]\s*)?(?:see also|related(?:\s+(?:articles?|stor(?:y|ies)|posts?|news"
    r"|reading|links|content|topics|coverage))?"
    r"|read (?:more|next|also)|further reading|more (?:from|on|in|about|stories|news|articles)\b[^.!?]{0,40}"
    r"|you (?:may|might) (?:also )?(?:like|be interested in)"
    r"|recommended(?: (?:for you|reading|articles|stories))?|most (?:read|popular|viewed)|popular(?: now| posts"
    r"| stories)?|trending(?: now)?|latest (?:news|stories|articles)"
    r"|editors?['’]s? (?:picks?|choice)|other (?:news|stories|articles)|top stories|what to read next|up next"
    r"|veja tamb[eé]m\b.{0,40}|leia (?:tamb[eé]m|mais)\b.{0,40}|lee también|ver también|à lire aussi"
    r"|lesen sie auch|mehr zum thema"
    r"|(?:相关|相關|延伸|推荐|推薦|更多|其他|热门|熱門|精选|精選|往期|最新)(?:阅读|閱讀|新闻|新聞|文章|报道|報道"
    r"|報導|推荐|推薦|链接|連結|鏈接|內容|内容|话题|話題|回顾|回顧)"
    r"|(?:你|您)(?:可能|也许|也許)(?:还|還|也)?(?:会|會)?(?:喜欢|喜歡|感兴趣|感興趣|想看)[^。]{0,8}|猜你喜欢"
    r"|猜你喜歡|编辑推荐|編輯推薦|大家都在看|看更多|参见|參見|另见|另見)"
    r"\s*(?:\*\*|[:：»>\]】〉》]|\(EN\))*\s*$",
    re.IGNORECASE,
)
"""The line that opens a list of other stories."""

ALWAYS = (CREDITS, ENGLISH_CREDITS, CAPTIONS, NOTICES, CONTROLS, SURE_PAGE_NUMBERS)
"""What never is article, wherever it stands; the lines are to be at most 300 characters long."""
