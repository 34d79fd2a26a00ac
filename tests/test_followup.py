"""Follow-ups: which questions lean on the conversation, and how they are made to stand alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.followup import accept_rewrite, by_rule, leans, rewrite_messages
from rag.text.script import detect_language
from rag.types import LANGUAGES, Language

ALONE: dict[Language, str] = {
    "en": """
Which animals sleep standing up?
What makes a good teacher?
Does green tea contain caffeine?
When was the printing press invented?
Why do people vote against their own interests?
What was BYD's revenue in 2023?
Who is the CEO of Tesla?
How much did the repair of the lighthouse cost?
Why did Tesla cut its prices in China?
When was OpenAI founded?
What is a large language model?
How long does it take to charge an electric car?
Is it true that Qwen3 is open source?
Which companies make humanoid robots?
What is revenue?
What are the benefits of remote work?
Who founded Moonshot AI and where is it based?
In its 2023 report, what did BYD say about batteries?
What percentage of the library's power comes from solar panels?
BYD revenue 2023
Alibaba Cloud
How do companies protect their trade secrets?
What is the capital of France?
Why is the sky blue?
How many steps does the lighthouse have?
What happened in Lisbon in 2025?
Tell me more about the bakery on Mill Street.
What does Jane Ferris say about the lamp?
Does the bakery on Mill Street open on Sundays?
Compare the prices of the Model 3 and the Seal.
What do the articles say about export controls?
And who is the CEO of BYD?
How is climate change affecting insurance?
Which country has the most data centers?
What else did Tesla announce in March?
Who are you?
Where is the headquarters of Huawei?
How did the ferry become so quiet?
What is the speed of light?
What was the reason for the tariff dispute between the US and China?
List the startups that raised money in 2024.
What is GDPR?
How does reinforcement learning work?
What about the environmental impact of lithium mining in Chile?
Did the court rule that Apple broke the law?
What problems do farmers face when they sell their land?
Who won the 2022 World Cup?
What is the population of Shanghai?
When does the museum close on Fridays?
How does a heat pump work?
Why do cats purr?
What is the difference between fusion and fission?
Can dogs eat chocolate?
Where can I buy a ticket for the ferry?
How much money did Xiaomi spend on research in 2023?
What is the best way to learn Chinese?
Which bank financed the bridge?
What did the mayor say about the new park?
Is nuclear power safe?
How many people work at the Lisbon office?
How can I tell whether a mushroom is safe when I find it?
What does IPO stand for?
How did Apple respond to the ruling?
When will the bridge over the Elbe be finished?
Who designed the Sydney Opera House and why did he resign?
What is it like to live in Iceland?
Explain quantum computing in simple terms.
summarize the article about robots
Does the government plan to raise taxes this year?
What were the main causes of the 2008 financial crisis?
What are the reasons for inflation?
What are AI agents?
Are electric cars cheaper than petrol cars?
How old is the universe?
What is machine learning?
""",
    "zh-Hans": """
绿茶含有咖啡因吗？
恐龙是怎么灭绝的？
印刷术是什么时候发明的？
手机掉进水里怎么办？
为什么人们喜欢喝咖啡？
比亚迪2023年的营收是多少？
谁是特斯拉的首席执行官？
什么是大语言模型？
为什么天是蓝的？
东河镇图书馆什么时候重新开放？
月之暗面是哪一年成立的？
那英是谁？
那达慕大会在哪里举行？
比亚迪为什么说它的电池更安全？
特斯拉和它的供应商有哪些纠纷？
哪些公司在做人形机器人？
什么是估值？
营收是什么意思？
这几年中国的出生率为什么下降？
阿里巴巴未来三年投入多少？
阿里巴巴是谁创办的？
比亚迪在哪里？
iPhone 16多少钱？
国产大模型有哪些？
图书馆为什么说它的屋顶省电？
如何申请社区诊所的登记？
有哪些国产人工智能芯片？
谁发明了电话？
白沙岛的渡轮一次充电能往返几趟？
其他国家如何监管人工智能？
应该怎样选择电动车？
吉他是谁发明的？
尤其是中小企业面临什么困难？
大模型的训练成本有多高呢？
谁是比亚迪的董事长呢？
仓库的租约有多长？
英伟达
比亚迪 营收 2023
那不勒斯有什么好吃的？
请介绍一下青田国小的校车
阿里云是什么？
你是谁？
美国为什么限制芯片出口？
马云怎么样？
量子计算机和传统计算机有什么区别？
北京有多少家人工智能企业？
小米2023年研发投入是多少？
上海有多少人口？
博物馆周五几点关门？
热泵是怎么工作的？
猫为什么会打呼噜？
哪家银行为大桥提供了贷款？
市长对新公园说了什么？
核电安全吗？
苹果如何回应判决？
量子计算是什么？
人工智能会取代程序员吗？
新能源汽车的销量增长了多少？
如何学习中文？
什么是通货膨胀？
中国的芯片产业面临哪些挑战？
为什么大模型会产生幻觉？
谁是渡轮的船长？
欧盟对该法案的态度是什么？
今年的诺贝尔物理学奖颁给了谁？
数据中心为什么耗电？
房价为什么上涨？
自动驾驶技术有哪些风险？
总结一下关于机器人的文章
2024年有哪些公司上市？
最近有什么关于芯片的新闻？
他乡遇故知是什么意思？
社区诊所的新软件有什么好处？
人形机器人多少钱一台？
怎么办理护照？
""",
    "zh-Hant": """
誰寫了那部關於月亮的歌劇？
那英是誰？
比亞迪2023年的營收是多少？
白沙島的渡輪為什麼沒有聲音？
什麼是大型語言模型？
哪些公司在開發人形機器人？
台積電的市值是多少？
青田國小的校車什麼時候準時了？
那斯達克指數是什麼？
這幾年臺灣的出生率為什麼下降？
船長林志明說了什麼？
應該怎麼選擇電動車？
特斯拉為什麼說它的工廠更環保？
誰發明了電話？
軟體更新要多久才會完成安裝程序？
小米2023年的研發投入是多少？
上海有多少人口？
博物館星期五幾點關門？
哪家銀行為大橋提供了貸款？
核電安全嗎？
蘋果如何回應判決？
量子電腦是什麼？
人工智慧會取代工程師嗎？
為什麼大型模型會產生幻覺？
誰是渡輪的船長？
資料中心為什麼耗電？
機器人多少錢一台？
如何申辦護照？
軟體工程師的平均薪資是多少？
""",
}
LEANING: dict[Language, str] = {
    "en": """
How come?
in which city?
How did they react?
was it expensive?
Who were the others?
And the second one?
and in 2024?
What about Tesla?
why?
How much did it cost?
Why?
And Alibaba?
in 2024?
How about the price?
Who founded it?
When was it released?
What did he say?
Where does she work?
How many employees do they have?
What is its market share?
Is that true?
Why is that important?
What does this mean?
What happened next?
What else?
Who else?
Tell me more.
Can you explain?
For example?
How so?
Really?
How much?
When?
And why is that?
But why?
What was the reason?
What was the revenue in 2024?
What about the year before?
Tesla?
The price?
Same for Alibaba?
Which one is cheaper?
What is the company's revenue?
How old is he?
Who owns them?
Did it succeed?
So what happened afterwards?
How much in 2024?
What caused it?
and the CEO?
compared to Tesla?
Who lives there?
and for the second quarter?
What about its competitors?
How long did that take?
Where is it located?
why did they do that?
What were the results?
Who was responsible for this?
How does it compare with Tesla?
and last year?
Which ones?
Did he agree?
When did she resign?
What is their goal?
So is it profitable?
Could you elaborate?
any other examples?
How is that possible?
what about Europe?
Is this legal?
How many of them survived?
What is the name of the author?
Who is the CEO?
and how much will it cost?
Is he still alive?
What was the total cost?
Where?
""",
    "zh-Hans": """
贵吗？
在哪个城市？
从什么时候开始？
有没有其他办法？
第二个呢？
怎么会这样？
那阿里呢？
那2024年呢
它什么时候发布的？
为什么？
还有呢
那价格呢？
他是谁？
什么时候发布的？
谁创办的？
多少钱？
在哪里？
为什么下跌？
有哪些产品？
有多少员工？
营收是多少？
2024年的营收是多少？
具体是怎么做的？
详细说说
然后呢？
后来怎么样了？
该公司有多少员工？
这家公司什么时候成立的？
这是为什么？
那是什么意思？
哪家公司收购了它？
谁发明了它？
2024年？
阿里呢
还有哪些公司参与？
换成美元是多少？
其他公司呢？
她怎么说？
它们有什么区别？
这意味着什么？
那么特斯拉呢？
原因是什么？
举个例子
怎么做到的？
当时的价格是多少？
阿里多少？
那为什么会这样？
两者有什么区别？
真的吗？
有什么影响？
去年呢？
和去年相比呢？
继续
第二季度呢？
它的竞争对手呢？
花了多长时间？
它在哪里？
他们为什么这么做？
结果如何？
谁负责这件事？
跟特斯拉比怎么样？
去年是多少？
哪些？
他同意了吗？
她什么时候辞职的？
目标是什么？
那它盈利吗？
能再详细点吗？
还有其他例子吗？
这怎么可能？
欧洲市场呢？
这合法吗？
总成本是多少？
作者叫什么名字？
创始人是谁？
要花多少钱？
他还活着吗？
什么时候开始的？
那后来呢？
这个项目花了多少钱？
效果怎么样？
有什么好处？
为什么要这样做？
这个数字准确吗？
""",
    "zh-Hant": """
那阿里呢？
那2024年呢？
為什麼？
它什麼時候發布的？
多少錢？
還有呢？
他是誰？
誰創辦的？
這家公司有多少員工？
該公司的總部在哪裡？
什麼時候開始的？
那價格呢？
然後呢？
詳細說明一下
營收是多少？
這是什麼意思？
當時的票價是多少？
還有哪些公司？
有什麼影響？
第二季呢？
它的競爭對手呢？
花了多久時間？
他們為什麼這麼做？
結果如何？
誰負責這件事？
目標是什麼？
那歐洲市場呢？
這合法嗎？
作者叫什麼名字？
創辦人是誰？
她什麼時候辭職的？
可以再詳細一點嗎？
這個計畫花了多少錢？
為什麼要這樣做？
有什麼好處？
""",
}


def cases(questions: dict[Language, str]) -> list[tuple[Language, str]]:
    return [(language, line) for language, text in questions.items() for line in text.strip().splitlines()]


@pytest.mark.parametrize(("language", "question"), cases(ALONE))
def test_a_question_that_stands_alone_is_left_as_it_is(language: Language, question: str) -> None:
    assert not leans(question, language)
    history = [("How did Corran Bay pay for its lighthouse in 2021?", "With fish [1].")]
    assert by_rule(question, language, history) == question


@pytest.mark.parametrize(("language", "question"), cases(LEANING))
def test_a_question_that_needs_the_conversation_is_seen_to(language: Language, question: str) -> None:
    assert leans(question, language)


BYD_EN = ("What was BYD's revenue in 2023?", "602 billion yuan [1].")
BYD_HANS = ("比亚迪2023年的营收是多少？", "6020亿元[1]。")
BYD_HANT = ("比亞迪2023年的營收是多少？", "6020億元[1]。")


@pytest.mark.parametrize(
    ("language", "history", "question", "expected"),
    [
        ("en", [BYD_EN], "and in 2024?", "What was BYD's revenue in 2024?"),
        ("en", [BYD_EN], "What about Tesla?", "What was Tesla's revenue in 2023?"),
        ("en", [BYD_EN], "and the profit?", "What was BYD's profit in 2023?"),
        ("en", [BYD_EN], "What was its profit?", "What was BYD's profit?"),
        ("en", [("What was BYD's revenue?", "x")], "and in 2024?", "What was BYD's revenue in 2024?"),
        ("en", [("When was the Model 3 released?", "x")], "How much did it cost?", "How much did Model 3 cost?"),
        (
            "en",
            [("How much did Tesla invest in Shanghai?", "x")],
            "and in Berlin?",
            "How much did Tesla invest in Berlin?",
        ),
        ("en", [("Tell me about Qwen3.", "x")], "What about the price?", "What about the price of Qwen3?"),
        ("en", [("What does Tesla sell?", "x")], "What is the company's revenue?", "What is Tesla's revenue?"),
        ("zh-Hans", [BYD_HANS], "那2024年呢？", "比亚迪2024年的营收是多少？"),
        ("zh-Hans", [BYD_HANS], "那特斯拉呢？", "特斯拉2023年的营收是多少？"),
        ("zh-Hans", [BYD_HANS], "那蔚来呢？", "蔚来2023年的营收是多少？"),
        ("zh-Hans", [BYD_HANS], "利润呢？", "比亚迪2023年的利润是多少？"),
        ("zh-Hans", [BYD_HANS], "它的总部在哪里？", "比亚迪的总部在哪里？"),
        ("zh-Hans", [BYD_HANS], "那海外市场呢？", "海外市场，比亚迪2023年的营收是多少？"),
        ("zh-Hans", [("比亚迪的营收是多少？", "x")], "那2024年呢？", "2024年比亚迪的营收是多少？"),
        ("zh-Hans", [("月之暗面租下了什么？", "x")], "什么时候成立的？", "月之暗面什么时候成立的？"),
        ("zh-Hant", [BYD_HANT], "那2024年呢？", "比亞迪2024年的營收是多少？"),
        ("zh-Hant", [BYD_HANS], "那2024年呢？", "比亞迪2024年的營收是多少？"),
        ("zh-Hant", [("特斯拉在賣什麼？", "x")], "該公司的總部在哪裡？", "特斯拉的總部在哪裡？"),
    ],
)
def test_what_a_follow_up_leans_on_is_put_in(
    language: Language, history: list[tuple[str, str]], question: str, expected: str
) -> None:
    assert by_rule(question, language, history) == expected


def test_a_topic_lasts_over_several_follow_ups() -> None:
    history = [BYD_EN, ("and in 2024?", "777 billion yuan [1].")]
    assert by_rule("What about Tesla?", "en", history) == "What was Tesla's revenue in 2024?"
    chinese = [BYD_HANS, ("那特斯拉呢？", "x")]
    assert by_rule("那2024年呢？", "zh-Hans", chinese) == "特斯拉2024年的营收是多少？"


def test_a_person_may_come_from_the_answer() -> None:
    history = [("Who is the chief engineer of Corran Bay?", "It is engineer Jane Ferris [1].")]
    assert by_rule("How old is she?", "en", history) == "How old is Jane Ferris?"
    chinese = [("谁是东河镇图书馆的馆长？", "馆长周敏表示，阅览室将延长开放[1]。")]
    assert by_rule("她说了什么？", "zh-Hans", chinese) == "周敏说了什么？"


def test_a_company_that_was_asked_for_comes_from_the_answer() -> None:
    history = [("Which company has rented the cork factory in Lisbon?", "Moonshot AI [1].")]
    assert by_rule("When was it founded?", "en", history) == "When was Moonshot AI founded?"


@pytest.mark.parametrize(
    ("language", "history", "question", "words"),
    [
        ("en", [BYD_EN], "why?", ("BYD", "revenue", "2023")),
        (
            "en",
            [("How much did the repair of the lighthouse cost?", "x")],
            "Who paid for it?",
            ("lighthouse", "repair"),
        ),
        ("en", [("What is Tesla's revenue?", "x")], "Why did it fall?", ("Tesla", "revenue")),
        ("en", [BYD_HANS], "and in 2024?", ("2024", "BYD", "revenue")),
        ("zh-Hans", [BYD_HANS], "为什么？", ("比亚迪", "营收", "2023年")),
        ("zh-Hans", [BYD_EN], "那2024年呢？", ("2024年", "比亚迪", "营收")),
        ("zh-Hant", [("東河鎮圖書館什麼時候重新開放？", "x")], "它有多少冊圖書？", ("圖書館", "東河")),
    ],
)
def test_where_no_place_is_sure_the_topic_follows_in_brackets(
    language: Language, history: list[tuple[str, str]], question: str, words: tuple[str, ...]
) -> None:
    resolved = by_rule(question, language, history)
    assert resolved.startswith(question)
    assert all(word in resolved for word in words)
    assert detect_language(resolved) == language


def test_a_date_of_the_last_question_gives_way_to_the_one_asked_for() -> None:
    assert "2023" not in by_rule("那2024年呢？", "zh-Hans", [BYD_EN])
    assert "2023" not in by_rule("and in 2024?", "en", [BYD_HANS])


@pytest.mark.parametrize("history", [[], [("你好", "您好！")], [("hello", "Hello!")], [("", "")]])
def test_without_a_topic_the_question_stays(history: list[tuple[str, str]]) -> None:
    assert by_rule("why?", "en", history) == "why?"
    assert by_rule("为什么？", "zh-Hans", history) == "为什么？"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_any_conversation_gives_a_question(asked: str, question: str, language: Language) -> None:
    resolved = by_rule(question, language, [(asked, "x")])
    assert leans(question, language) or resolved == question


@pytest.mark.parametrize(
    ("written", "question", "language", "expected"),
    [
        ("What was BYD's revenue in 2024?", "and in 2024?", "en", "What was BYD's revenue in 2024?"),
        ('Standalone question: "What did BYD earn in 2024?"', "and in 2024?", "en", "What did BYD earn in 2024?"),
        ("**Who founded BYD?**", "who founded it?", "en", "Who founded BYD?"),
        ("Question:\nWho founded BYD?", "who founded it?", "en", "Who founded BYD?"),
        ("改写后的问题：比亚迪2024年的营收是多少？", "那2024年呢？", "zh-Hans", "比亚迪2024年的营收是多少？"),
        ("「比亞迪2024年的營收是多少？」", "那2024年呢？", "zh-Hant", "比亞迪2024年的營收是多少？"),
        ("比亚迪2024年的营收是多少？", "那2024年呢？", "zh-Hant", "比亞迪2024年的營收是多少？"),
        ("比亚迪2024年的营收是多少", "那2024年呢？", "zh-Hans", "比亚迪2024年的营收是多少"),
    ],
)
def test_a_models_question_is_taken_without_labels_and_quotes_in_the_right_script(
    written: str, question: str, language: Language, expected: str
) -> None:
    assert accept_rewrite(written, question, language) == expected


@pytest.mark.parametrize(
    ("written", "question", "language"),
    [
        ("", "why?", "en"),
        ("…?", "why?", "en"),
        ("BYD earned 777 billion yuan in 2024 [1].", "and in 2024?", "en"),
        ("BYD earned 777 billion yuan in 2024.", "and in 2024?", "en"),
        ("比亚迪2024年营收为7771亿元。", "那2024年呢？", "zh-Hans"),
        ("What was BYD's revenue in 2023?", "and in 2024?", "en"),
        ("比亚迪2024年的营收是多少？", "and in 2024?", "en"),
        ("What was BYD's revenue in 2024?", "那2024年呢？", "zh-Hans"),
        ("Why did it fall? It fell because of the price war.", "why?", "en"),
        ("Why did it fall?\nWho fell?", "why?", "en"),
        ("I cannot answer this question.", "why?", "en"),
        ("Why did " + "the revenue of the company " * 6 + "fall?", "why?", "en"),
    ],
)
def test_what_is_not_one_such_question_is_turned_down(written: str, question: str, language: Language) -> None:
    assert accept_rewrite(written, question, language) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_model_is_shown_the_conversation_made_harmless(language: Language) -> None:
    system, user = rewrite_messages("why [1]?", language, [("What of BYD?", "It grew [1]. <|im_end|>")])
    assert (system.role, user.role) == ("system", "user")
    assert "What of BYD?" in user.text
    assert "why ⟦1⟧?" in user.text
    assert "It grew." in user.text
    assert "<|im_end|>" not in user.text
