"""The page's words about sources, whole articles and the details of a search, in the form of `ui.words`."""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages import Texts

WORDS: Mapping[str, Texts] = {
    "source.back": (
        "Source {number}: back to its place in the answer",
        "出处 {number}：回到回答中的引用处",
        "出處 {number}：回到回答中的引用處",
    ),
    "article.source": ("Source", "出处", "出處"),
    "article.places": ("Cited places in this article", "本文被引用之处", "本文被引用之處"),
    "article.place": ("Go to source {number}", "跳到出处 {number}", "跳到出處 {number}"),
    "article.read_in.zh-Hans": ("Read in Simplified Chinese", "转为简体阅读", "轉為簡體閱讀"),
    "article.read_in.zh-Hant": ("Read in Traditional Chinese", "转为繁体阅读", "轉為繁體閱讀"),
    "article.as_written": ("Read as written", "按原文阅读", "按原文閱讀"),
    "article.converted": (
        "Converted by machine; the original is in {script}.",
        "由程序转换，原文为{script}。",
        "由程式轉換，原文為{script}。",
    ),
    "article.original_words": ("The marked words as written", "标出部分的原文", "標出部分的原文"),
    "article.changed": (
        "This article has changed since it was cited. The words cited were:",
        "这篇文章在引用之后有改动。当时引用的原文是：",
        "這篇文章在引用之後有更動。當時引用的原文是：",
    ),
    "article.part": (
        "This article is long: part of it is shown ({start}–{end} of {all} characters).",
        "文章很长，这里显示其中一部分（第 {start}–{end} 字，共 {all} 字）。",
        "文章很長，這裡顯示其中一部分（第 {start}–{end} 字，共 {all} 字）。",
    ),
    "article.earlier": ("Show the part before", "显示前面的部分", "顯示前面的部分"),
    "article.later": ("Read on", "继续往下读", "繼續往下讀"),
    "article.table": ("Table", "表格", "表格"),
    "details.open": (
        "How these passages were chosen",
        "这些段落是如何选出的",
        "這些段落是如何選出的",
    ),
    "details.title": (
        "How the passages were chosen",
        "段落是如何选出的",
        "段落是如何選出的",
    ),
    "details.about": (
        "The search compared these {all} passages and kept the first {kept}. A score orders the passages of one "
        "search; those of different questions cannot be compared.",
        "检索比较了以下 {all} 段，保留前 {kept} 段。得分只用于同一次检索内的排序，不同问题之间不可比较。",
        "檢索比較了以下 {all} 段，保留前 {kept} 段。得分只用於同一次檢索內的排序，不同問題之間無法比較。",
    ),
    "details.about_none": (
        "The search found no passage.",
        "没有检索到任何段落。",
        "沒有檢索到任何段落。",
    ),
    "details.gone": (
        "The details of this search are no longer kept.",
        "这次检索的细节已不再保留。",
        "這次檢索的細節已不再保留。",
    ),
    "details.rank": ("Rank", "名次", "名次"),
    "details.passage": ("Passage", "段落", "段落"),
    "details.words": ("Its words", "原文", "原文"),
    "details.passage_gone": (
        "This passage is no longer in the index.",
        "这一段已不在索引中。",
        "這一段已不在索引中。",
    ),
    "details.score": ("Score", "得分", "得分"),
    "details.outcome": ("What became of it", "结果", "結果"),
    "details.none": ("–", "–", "–"),
    "details.columns": ("What the columns mean", "各栏的含义", "各欄的含義"),
    "outcome.cited": ("Cited as {numbers}", "引用为 {numbers}", "引用為 {numbers}"),
    "outcome.kept": ("Kept, not cited", "保留，未引用", "保留，未引用"),
    "outcome.language": (
        "Kept, not cited: moved up so that both languages are among the first",
        "保留，未引用：为使两种语言都排在前列而提前",
        "保留，未引用：為使兩種語言都排在前列而提前",
    ),
    "outcome.least": (
        "Kept, not cited: the first {count} always are",
        "保留，未引用：前 {count} 段总会保留",
        "保留，未引用：前 {count} 段一律保留",
    ),
    "outcome.below": (
        "Left out: less than {percent}% of the best score",
        "未采用：得分不到最高分的 {percent}%",
        "未採用：得分不到最高分的 {percent}%",
    ),
    "outcome.limit": (
        "Left out: only {count} are kept",
        "未采用：只保留 {count} 段",
        "未採用：只保留 {count} 段",
    ),
    "component.late": ("Word by word", "逐词比对", "逐詞比對"),
    "component.late.about": (
        "how well the best match of each word of the question in the passage fits, across languages too",
        "问题中每个词与段落里最相配的词有多接近，跨语言也算",
        "問題中每個詞與段落裡最相配的詞有多接近，跨語言也算",
    ),
    "component.dense": ("Meaning", "整体含义", "整體語意"),
    "component.dense.about": (
        "how near the passage as a whole is to the question",
        "整个段落与问题的含义有多接近",
        "整個段落與問題的語意有多接近",
    ),
    "component.lexical": ("Same words", "相同词语", "相同詞語"),
    "component.lexical.about": (
        "how many rare words they share, as a part of the best passage in its language",
        "共有多少少见的词语，以同语言中最好的段落为 1",
        "共有多少少見的詞語，以同語言中最好的段落為 1",
    ),
    "component.background": ("Background", "背景分", "背景分"),
    "component.background.about": (
        "what unrelated passages of its language score, taken off",
        "减去同语言中无关段落的平均得分",
        "減去同語言中無關段落的平均得分",
    ),
    "component.article": ("Its article", "所在文章", "所在文章"),
    "component.article.about": (
        "what the best passage of the same article passes on to it",
        "同一篇文章中最好的段落带来的加分",
        "同一篇文章中最好的段落帶來的加分",
    ),
    "component.sentence": ("Best sentence", "最佳句子", "最佳句子"),
    "component.sentence.about": (
        "word by word, in the one sentence that fits best",
        "在最相符的一句里逐词比对的结果",
        "在最相符的一句裡逐詞比對的結果",
    ),
    "component.pair": ("Best two sentences", "最佳相邻两句", "最佳相鄰兩句"),
    "component.pair.about": (
        "word by word, in the two neighbouring sentences that fit best",
        "在最相符的相邻两句里逐词比对的结果",
        "在最相符的相鄰兩句裡逐詞比對的結果",
    ),
    "component.encoder": ("Meaning of a sentence", "句子含义", "句子語意"),
    "component.encoder.about": (
        "how near the sentence nearest in meaning is to the question",
        "含义最接近的一句与问题有多接近",
        "語意最接近的一句與問題有多接近",
    ),
    "component.second": ("Second sentence", "次近的句子", "次近的句子"),
    "component.second.about": (
        "the same of the second nearest sentence",
        "含义第二接近的一句与问题有多接近",
        "語意第二接近的一句與問題有多接近",
    ),
    "component.contextual": ("Words in context", "语境中的词", "語境中的詞"),
    "component.contextual.about": (
        "word by word, each as the encoder reads it in its sentence, in the sentence that fits best",
        "由编码器结合所在句子理解每个词，再与最相符的一句逐词比对的结果",
        "由編碼器結合所在句子理解每個詞，再與最相符的一句逐詞比對的結果",
    ),
    "component.contextual_pair": ("Words in both", "两句合看", "兩句合看"),
    "component.contextual_pair.about": (
        "the same in both sentences that the encoder reads",
        "在编码器所读的两句里一并逐词比对的结果",
        "在編碼器所讀的兩句裡一併逐詞比對的結果",
    ),
    "component.sound": ("Names by sound", "按读音认名", "依讀音認名"),
    "component.sound.about": (
        "names that are written by sound in the other language",
        "在另一种语言里按读音写出的名称",
        "在另一種語言裡依讀音寫出的名稱",
    ),
    "component.gain": ("Close reading", "细读加分", "細讀加分"),
    "component.gain.about": (
        "what the sentences and names add to the score, or take from it; a passage that was not read sentence by "
        "sentence gets the least that any of its language got",
        "逐句细读后加上或减去的分数，未细读的段落取同语言中最低的一个",
        "逐句細讀後加上或減去的分數，未細讀的段落取同語言中最低的一個",
    ),
    "component.balance": ("Other language", "跨语言调整", "跨語言調整"),
    "component.balance.about": (
        "brings passages of the other language onto the scale of the question's own",
        "把另一种语言段落的得分调整到与问题语言同一尺度",
        "把另一種語言段落的得分調整到與問題語言同一尺度",
    ),
    "component.cross_encoder": ("Cross-encoder", "交叉编码器", "交叉編碼器"),
    "component.cross_encoder.about": (
        "how relevant the chosen reranking model finds the passage; it then is the score",
        "所选重排序模型判断的相关程度，此时即为得分",
        "所選重排序模型判斷的相關程度，此時即為得分",
    ),
}
