"""What every store promises, whatever it is made of; run over each implementation of the `Store` protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import ArticleUnknown
from rag.index.dense import DenseIndex, Selection
from rag.index.store import LocalStore
from rag.types import Article, Filters, HeldFile, Language, NewArticle, Passage, Span, Store, StoreSnapshot

ANY = Filters()
DIMENSIONS = 4
OpenStore = Callable[[Path], Store]


def _local(path: Path) -> Store:
    return LocalStore.open(path, "model-a", DIMENSIONS, create=True)


def _local_with_clusters(path: Path) -> Store:
    return LocalStore.open(path, "model-a", DIMENSIONS, create=True, exact_limit=2)


@pytest.fixture(params=[_local, _local_with_clusters])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    implementation: OpenStore = request.param
    return implementation


@pytest.fixture
def store(open_store: OpenStore, tmp_path: Path) -> Store:
    return open_store(tmp_path / "index")


def new_article(
    id_: str,
    *sentences: str,
    vectors: list[list[float]] | None = None,
    language: Language = "en",
    date: str | None = None,
    source: str = "",
) -> NewArticle:
    """An article with one passage a sentence; its words are what stands between spaces."""
    text = "".join(sentences)
    starts = [sum(map(len, sentences[:n])) for n in range(len(sentences))]
    passages = tuple(
        Passage(id_, start, start + len(sentence), sentence, language, heading=f"part {start}")
        for start, sentence in zip(starts, sentences, strict=True)
    )
    rows = [[1.0, 0.0, 0.0, 0.0]] * len(sentences) if vectors is None else vectors
    return NewArticle(
        article=Article(id_, source or f"{id_}.txt", f"Title of {id_}", language, text, date=date),
        passages=passages,
        vectors=np.array(rows, dtype=np.float32).reshape(len(sentences), DIMENSIONS),
        words=tuple(tuple(sentence.split()) for sentence in sentences),
        pieces=tuple(np.array([len(sentence), 7], dtype=np.uint32) for sentence in sentences),
        content_hash=f"hash of {text}",
        path=f"/read/from/{id_}",
    )


def found_by_word(snapshot: StoreSnapshot, word: str, filters: Filters = ANY, k: int = 10) -> list[str]:
    keys = [candidate.key for candidate in snapshot.lexical({word: 1.0}, k, filters)]
    return [stored.passage.id for stored in snapshot.passages(keys)]


def found_by_vector(snapshot: StoreSnapshot, vector: list[float], filters: Filters = ANY, k: int = 10) -> list[str]:
    keys = [candidate.key for candidate in snapshot.dense(np.array(vector, dtype=np.float32), k, filters)]
    return [stored.passage.id for stored in snapshot.passages(keys)]


def test_a_new_store_is_empty_and_answers(store: Store) -> None:
    snapshot = store.snapshot()
    assert snapshot.articles() == ()
    assert snapshot.files() == ()
    assert snapshot.languages() == {}
    assert found_by_word(snapshot, "fox") == []
    assert found_by_vector(snapshot, [1, 0, 0, 0]) == []
    assert found_by_vector(snapshot, [1, 0, 0, 0], Filters(languages=("en",))) == []
    assert snapshot.passages([]) == ()


def test_an_article_comes_back_as_it_was_stored(store: Store) -> None:
    article = Article(
        id="a",
        source="裡/a.pdf",
        title="標題",
        language="zh-Hant",
        text="狐狸跑了。\x00🦊 The fox ran.",
        date="2025-02",
        url="https://example.org/a?b=1",
        pages=(0, 7),
        boilerplate=(Span(0, 5), Span(7, 9)),
    )
    passage = Passage("a", 6, 20, article.text[6:20], "en", heading="節")
    vectors = np.array([[0, 1, 0, 0]], dtype=np.float32)
    pieces = (np.array([3, 4_000_000_000], dtype=np.uint32),)
    store.write([NewArticle(article, (passage,), vectors, (("fox",),), pieces, "h", "/p#a")])
    snapshot = store.snapshot()
    assert snapshot.article("a") == article
    assert snapshot.files() == (HeldFile("a", "裡/a.pdf", "/p#a", "h"),)
    (key,) = [candidate.key for candidate in snapshot.lexical({"fox": 1.0}, 5, ANY)]
    (stored,) = snapshot.passages([key])
    assert (stored.key, stored.passage, stored.source, stored.title) == (key, passage, "裡/a.pdf", "標題")
    assert stored.pieces.dtype == np.uint32
    assert stored.pieces.tolist() == [3, 4_000_000_000]


def test_names_are_kept_as_long_as_an_article_has_them(store: Store) -> None:
    store.write(
        [
            replace(new_article("a", "one "), names=("manning", "曼宁", "manning")),
            replace(new_article("b", "two "), names=("kearney", "曼宁")),
        ]
    )
    assert store.snapshot().names() == ("kearney", "manning", "曼宁")
    store.write([replace(new_article("a", "one "), names=("hutton",))])
    assert store.snapshot().names() == ("hutton", "kearney", "曼宁")
    store.write([], removed=["b"])
    assert store.snapshot().names() == ("hutton",)


def test_a_list_of_articles_is_ordered_by_source_and_counts_passages(store: Store) -> None:
    store.write([new_article("z", "one ", "two ", source="b.txt"), new_article("y", source="a.txt")])
    infos = store.snapshot().articles()
    assert [(info.source, info.id, info.passages, info.characters) for info in infos] == [
        ("a.txt", "y", 0, 0),
        ("b.txt", "z", 2, 8),
    ]


def test_languages_count_passages(store: Store) -> None:
    store.write([new_article("a", "one ", "two "), new_article("b", "三 ", language="zh-Hans")])
    assert store.snapshot().languages() == {"en": 2, "zh-Hans": 1}


def test_an_unknown_article_is_an_error_that_names_it(store: Store) -> None:
    with pytest.raises(ArticleUnknown, match="nobody"):
        store.snapshot().article("nobody")


def test_passages_come_in_the_order_asked_for(store: Store) -> None:
    store.write([new_article("a", "one ", "two ", "three ")])
    snapshot = store.snapshot()
    keys = {stored: snapshot.lexical({stored: 1.0}, 1, ANY)[0].key for stored in ("one", "two", "three")}
    wanted = [keys["three"], keys["one"], keys["three"]]
    assert [stored.passage.text for stored in snapshot.passages(wanted)] == ["three ", "one ", "three "]


def test_a_key_that_nobody_has_is_an_error(store: Store) -> None:
    with pytest.raises(KeyError):
        store.snapshot().passages([12345])


def test_more_passages_than_one_query_takes_come_in_order(store: Store) -> None:
    store.write([new_article(f"a{number}", *[f"s{n} " for n in range(40)]) for number in range(30)])
    snapshot = store.snapshot()
    keys = [candidate.key for candidate in snapshot.dense(np.array([1, 0, 0, 0], dtype=np.float32), 1200, ANY)]
    backwards = sorted(keys, reverse=True)
    assert len(backwards) == 1200
    assert [stored.key for stored in snapshot.passages(backwards)] == backwards


def test_dense_search_orders_by_inner_product(store: Store) -> None:
    vectors = [[0.5, 0.0, 0, 0], [1.0, 0.0, 0, 0], [0.0, 0.0, 0.0, 0.0], [-1.0, 0, 0, 0]]
    store.write([new_article("a", "half ", "whole ", "none ", "against ", vectors=vectors)])
    found = store.snapshot().dense(np.array([2, 0, 0, 0], dtype=np.float32), 3, ANY)
    assert [candidate.score for candidate in found] == pytest.approx([2.0, 1.0, 0.0])
    assert found_by_vector(store.snapshot(), [1, 0, 0, 0], k=2) == ["a:5-11", "a:0-5"]


def test_equal_scores_are_ordered_by_key(store: Store) -> None:
    store.write([new_article("a", "fox ", "fox ", "fox ")])
    snapshot = store.snapshot()
    assert found_by_vector(snapshot, [1, 0, 0, 0]) == ["a:0-4", "a:4-8", "a:8-12"]
    assert found_by_word(snapshot, "fox") == ["a:0-4", "a:4-8", "a:8-12"]


def test_a_query_of_another_length_is_refused(store: Store) -> None:
    store.write([new_article("a", "one ")])
    with pytest.raises(ValueError, match="4 dimensions"):
        store.snapshot().dense(np.zeros(3, dtype=np.float32), 3, ANY)


def test_lexical_score_is_bm25(store: Store) -> None:
    store.write([new_article("a", "apple apple pear ", "pear ")])
    (found,) = store.snapshot().lexical({"apple": 1.0}, 5, ANY)
    # idf = ln(1 + (2 - 1 + 0.5) / (1 + 0.5)) = ln 2; tf = 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)) = 1.20548
    assert found.score == pytest.approx(0.69315 * 1.20548, rel=1e-4)


def test_a_weight_multiplies_the_part_of_its_word(store: Store) -> None:
    store.write([new_article("a", "apple apple pear ", "pear ", "plum ")])
    snapshot = store.snapshot()
    apple, pear = snapshot.lexical({"apple": 1.0}, 1, ANY)[0], snapshot.lexical({"pear": 1.0}, 9, ANY)
    pear_of_first = next(candidate.score for candidate in pear if candidate.key == apple.key)
    both = snapshot.lexical({"apple": 0.5, "pear": 3.0}, 9, ANY)
    score = next(candidate.score for candidate in both if candidate.key == apple.key)
    assert score == pytest.approx(0.5 * apple.score + 3.0 * pear_of_first, rel=1e-4)


def test_words_without_weight_find_nothing(store: Store) -> None:
    store.write([new_article("a", "apple ")])
    snapshot = store.snapshot()
    assert snapshot.lexical({"apple": 0.0}, 5, ANY) == ()
    assert snapshot.lexical({}, 5, ANY) == ()
    assert snapshot.lexical({" ": 1.0}, 5, ANY) == ()


def test_asking_for_nothing_gives_nothing(store: Store) -> None:
    store.write([new_article("a", "apple ")])
    assert found_by_word(store.snapshot(), "apple", k=0) == []
    assert found_by_vector(store.snapshot(), [1, 0, 0, 0], k=0) == []


@pytest.mark.parametrize(
    "word", ["Ａ和B", "c++", "3.14", "don't", "😀", "数据" * 20_000, "x" * 70_000, "a b", "\ud800"]
)
def test_a_word_is_found_as_it_was_given(store: Store, word: str) -> None:
    new = new_article("a", "one ", "two ")
    store.write([replace(new, words=((word, "one"), ("two",)))])
    assert found_by_word(store.snapshot(), word) == ["a:0-4"]


def test_words_are_not_folded_by_the_store(store: Store) -> None:
    store.write([new_article("a", "Apple ")])
    assert found_by_word(store.snapshot(), "apple") == []


@pytest.fixture
def dated(store: Store) -> StoreSnapshot:
    store.write(
        [
            new_article("year", "fox ", date="2024"),
            new_article("month", "fox ", date="2025-02"),
            new_article("day", "fox ", "hen ", date="2025-03-10", language="zh-Hant"),
            new_article("undated", "fox ", language="zh-Hans"),
        ]
    )
    return store.snapshot()


@pytest.mark.parametrize(
    ("filters", "articles"),
    [
        (Filters(), {"year", "month", "day", "undated"}),
        (Filters(languages=("en",)), {"year", "month"}),
        (Filters(languages=("zh-Hans", "zh-Hant")), {"day", "undated"}),
        (Filters(articles=("day", "undated")), {"day", "undated"}),
        (Filters(articles=("nobody",)), set()),
        (Filters(articles=("day", "year"), languages=("en",)), {"year"}),
        (Filters(since="2025"), {"month", "day"}),
        (Filters(since="2025-02-14"), {"month", "day"}),
        (Filters(since="2025-03-10"), {"day"}),
        (Filters(since="2025-03-11"), set()),
        (Filters(until="2025-03-10"), {"year", "month", "day"}),
        (Filters(until="2025-03-09"), {"year", "month"}),
        (Filters(until="2024-06-30"), {"year"}),
        (Filters(until="2023"), set()),
        (Filters(since="2024", until="2025-02"), {"year", "month"}),
        (Filters(since="2025", languages=("zh-Hant",), articles=("day", "month")), {"day"}),
    ],
)
def test_filters_hold_for_both_sides_of_the_search(dated: StoreSnapshot, filters: Filters, articles: set[str]) -> None:
    by_word = {id_.split(":")[0] for id_ in found_by_word(dated, "fox", filters)}
    by_vector = {id_.split(":")[0] for id_ in found_by_vector(dated, [1, 0, 0, 0], filters)}
    assert by_word == articles
    assert by_vector == articles


def test_a_filter_does_not_take_places_from_the_k_best(store: Store) -> None:
    store.write([new_article(f"en{n}", "fox fox ", vectors=[[1, 0, 0, 0]]) for n in range(30)])
    store.write([new_article("zh", "fox and a hen ", vectors=[[0.1, 0, 0, 0]], language="zh-Hans")])
    only = Filters(languages=("zh-Hans",))
    assert found_by_word(store.snapshot(), "fox", only, k=1) == ["zh:0-14"]
    assert found_by_vector(store.snapshot(), [1, 0, 0, 0], only, k=1) == ["zh:0-14"]


def test_a_filter_does_not_change_a_score(dated: StoreSnapshot) -> None:
    scores = {candidate.key: candidate.score for candidate in dated.lexical({"fox": 1.0}, 9, ANY)}
    filters = Filters(languages=("en",), since="2025")
    for candidate in dated.lexical({"fox": 1.0}, 9, filters):
        assert candidate.score == pytest.approx(scores[candidate.key])


def test_a_removed_article_is_nowhere(store: Store) -> None:
    store.write([new_article("a", "fox ", vectors=[[1, 0, 0, 0]]), new_article("b", "hen ", vectors=[[0, 1, 0, 0]])])
    store.write([], removed=["a"])
    snapshot = store.snapshot()
    assert [info.id for info in snapshot.articles()] == ["b"]
    assert [file.article_id for file in snapshot.files()] == ["b"]
    assert snapshot.languages() == {"en": 1}
    assert found_by_word(snapshot, "fox") == []
    assert found_by_vector(snapshot, [1, 0, 0, 0]) == ["b:0-4"]
    with pytest.raises(ArticleUnknown):
        snapshot.article("a")


def test_a_replaced_article_leaves_no_old_passage(store: Store) -> None:
    store.write([new_article("a", "fox ", "hen ")])
    store.write([new_article("a", "owl ", vectors=[[0, 0, 1, 0]])])
    snapshot = store.snapshot()
    assert snapshot.article("a").text == "owl "
    assert [info.passages for info in snapshot.articles()] == [1]
    assert found_by_word(snapshot, "fox") == []
    assert found_by_word(snapshot, "owl") == ["a:0-4"]
    assert found_by_vector(snapshot, [0, 0, 1, 0]) == ["a:0-4"]


def test_the_text_of_a_removed_article_is_left_in_no_file(store: Store, tmp_path: Path) -> None:
    store.write([new_article("kept", "hens lay eggs "), new_article("gone", "the zebrafish secret ")])
    store.write((), ["gone"])
    files = [path for path in (tmp_path / "index").rglob("*") if path.is_file()]
    assert any(b"hens lay eggs" in path.read_bytes() for path in files)
    assert not any(b"zebrafish secret" in path.read_bytes() for path in files)


def test_removed_passages_do_not_count_for_small_changes_either(store: Store) -> None:
    store.write([new_article(f"a{n}", "fox ", vectors=[[1, 0, 0, n / 64]]) for n in range(40)])
    store.write([new_article("new", "owl ")], removed=["a7"])
    snapshot = store.snapshot()
    assert len(found_by_word(snapshot, "fox", k=99)) == 39
    assert "a7:0-4" not in found_by_word(snapshot, "fox", k=99)
    assert "a7:0-4" not in found_by_vector(snapshot, [1, 0, 0, 0], k=99)
    assert found_by_word(snapshot, "owl") == ["new:0-4"]
    assert len(found_by_vector(snapshot, [1, 0, 0, 0], k=99)) == 40


def test_removing_and_adding_in_one_write_keeps_the_added(store: Store) -> None:
    store.write([new_article("a", "fox ")])
    store.write([new_article("a", "owl ")], removed=["a"])
    assert store.snapshot().article("a").text == "owl "


def test_the_later_of_two_articles_with_one_id_stays(store: Store) -> None:
    store.write([new_article("a", "fox "), new_article("a", "owl ")])
    snapshot = store.snapshot()
    assert [info.passages for info in snapshot.articles()] == [1]
    assert found_by_word(snapshot, "fox") == []
    assert found_by_word(snapshot, "owl") == ["a:0-4"]


def test_a_key_is_never_given_twice(store: Store) -> None:
    store.write([new_article("a", "fox ")])
    first = store.snapshot().lexical({"fox": 1.0}, 1, ANY)[0].key
    store.write([], removed=["a"])
    store.write([new_article("b", "fox ")])
    assert store.snapshot().lexical({"fox": 1.0}, 1, ANY)[0].key > first


def test_each_visible_change_counts_up_by_one(store: Store) -> None:
    before = store.snapshot().generation
    assert store.write([new_article("a", "fox ")]) == before + 1
    assert store.write([], removed=["a"]) == before + 2
    assert store.snapshot().generation == before + 2


def test_a_write_that_changes_nothing_is_no_generation(store: Store) -> None:
    before = store.snapshot().generation
    assert store.write([], removed=["nobody"]) == before
    assert store.write([]) == before
    assert store.snapshot() is store.snapshot()


def test_a_snapshot_stays_as_it_was(store: Store) -> None:
    store.write([new_article("a", "fox ", vectors=[[1, 0, 0, 0]])])
    old = store.snapshot()
    for n in range(4):
        store.write([new_article("a", f"owl{n} ", vectors=[[0, 1, 0, 0]])])
    assert old.article("a").text == "fox "
    assert found_by_word(old, "fox") == ["a:0-4"]
    assert found_by_vector(old, [1, 0, 0, 0], Filters(languages=("en",))) == ["a:0-4"]
    assert store.snapshot().article("a").text == "owl3 "


def test_an_error_of_the_articles_leaves_the_former_state(store: Store) -> None:
    store.write([new_article("a", "fox ")])
    before = store.snapshot().generation

    def broken() -> Iterator[NewArticle]:
        yield new_article("b", "hen ")
        raise PermissionError("the caller's own file")

    with pytest.raises(PermissionError, match="the caller's own file"):
        store.write(broken(), removed=["a"])
    assert store.snapshot().generation == before
    assert [info.id for info in store.snapshot().articles()] == ["a"]
    assert store.write([new_article("b", "hen ")]) == before + 1


def test_an_interrupt_leaves_the_former_state(store: Store) -> None:
    store.write([new_article("a", "fox ")])

    def interrupted() -> Iterator[NewArticle]:
        yield new_article("b", "hen ")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(interrupted())
    assert [info.id for info in store.snapshot().articles()] == ["a"]
    store.write([new_article("b", "hen ")])
    assert [info.id for info in store.snapshot().articles()] == ["a", "b"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"vectors": np.zeros((1, 4), dtype=np.float32)},
        {"vectors": np.zeros((2, 3), dtype=np.float32)},
        {"vectors": np.full((2, 4), np.nan, dtype=np.float32)},
        {"vectors": np.full((2, 4), 1e6, dtype=np.float32)},
        {"words": (("fox",),)},
        {"pieces": ()},
        {"passages": (Passage("a", 0, 4, "fox ", "en"), Passage("b", 4, 8, "hen ", "en"))},
        {"passages": (Passage("a", 0, 4, "fox ", "en"), Passage("a", 4, 8, "owl ", "en"))},
    ],
)
def test_parts_that_do_not_fit_together_are_refused(store: Store, wrong: dict[str, Any]) -> None:
    new = replace(new_article("a", "fox ", "hen "), **wrong)
    with pytest.raises(ValueError, match=r"\w"):
        store.write([new])
    assert store.snapshot().articles() == ()


def test_another_opening_sees_what_was_written(open_store: OpenStore, tmp_path: Path) -> None:
    writer, reader = open_store(tmp_path / "索引 #1 ?%20"), open_store(tmp_path / "索引 #1 ?%20")
    writer.write([new_article("a", "fox ")])
    assert found_by_word(reader.snapshot(), "fox") == ["a:0-4"]
    writer.write([new_article("a", "owl ")])
    assert found_by_word(reader.snapshot(), "fox") == []


def test_one_snapshot_serves_several_threads(store: Store) -> None:
    store.write([new_article(f"a{n}", f"fox{n} and more ", vectors=[[n, 1, 0, 0]]) for n in range(20)])
    snapshot = store.snapshot()
    wrong: list[object] = []

    def search(n: int) -> None:
        for _ in range(20):
            found = found_by_word(snapshot, f"fox{n}"), found_by_vector(snapshot, [1, 0, 0, 0], k=1)
            texts = snapshot.article(f"a{n}").text
            if found != ([f"a{n}:0-{len(texts)}"], ["a19:0-15"]):
                wrong.append(found)

    threads = [threading.Thread(target=search, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_names_that_are_no_unicode_come_back(store: Store) -> None:
    # what Python makes of a file name in another encoding
    store.write([new_article("a\udcff", "fox ", source="\udce4.txt"), new_article("b", "fox ")])
    snapshot = store.snapshot()
    assert snapshot.article("a\udcff").source == "\udce4.txt"
    assert found_by_word(snapshot, "fox", Filters(articles=("a\udcff",))) == ["a\udcff:0-4"]
    store.write([], removed=["a\udcff"])
    assert [info.id for info in store.snapshot().articles()] == ["b"]


ARTICLE_IDS = st.sampled_from(["a", "b", "c", "d"])
WORDS = st.lists(st.sampled_from(["fox", "hen", "owl", "狐", "雞"]), max_size=5)
STEPS = st.lists(
    st.tuples(st.dictionaries(ARTICLE_IDS, WORDS, max_size=3), st.lists(ARTICLE_IDS, max_size=2)), max_size=5
)
AXES = {word: n % DIMENSIONS for n, word in enumerate(["fox", "hen", "owl", "狐"])} | {"雞": 3}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_writes_leaves_what_a_dictionary_would_hold(
    open_store: OpenStore, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[dict[str, list[str]], list[str]]]
) -> None:
    store = open_store(tmp_path_factory.mktemp("index"))
    model: dict[str, list[str]] = {}
    for put, removed in steps:
        store.write([_one_word_passages(id_, words) for id_, words in put.items()], removed)
        model = {id_: words for id_, words in model.items() if id_ not in removed} | put
        _assert_holds(store.snapshot(), model)


def _one_word_passages(id_: str, words: list[str]) -> NewArticle:
    vectors = [[float(axis == AXES[word]) for axis in range(DIMENSIONS)] for word in words]
    return new_article(id_, *[f"{word} " for word in words], vectors=vectors)


def _assert_holds(snapshot: StoreSnapshot, model: dict[str, list[str]]) -> None:
    assert {info.id: snapshot.article(info.id).text for info in snapshot.articles()} == {
        id_: "".join(f"{word} " for word in words) for id_, words in model.items()
    }
    for word, axis in AXES.items():
        expected = sorted(id_ for id_, words in model.items() for other in words if other == word)
        assert sorted(id_.split(":")[0] for id_ in found_by_word(snapshot, word, k=99)) == expected
        near = [id_ for id_, words in model.items() for other in words if AXES[other] == axis]
        found = snapshot.dense(np.eye(DIMENSIONS, dtype=np.float32)[axis], 99, ANY)
        keys = [candidate.key for candidate in found if candidate.score > 0.5]
        assert sorted(stored.passage.article_id for stored in snapshot.passages(keys)) == sorted(near)


def test_clusters_find_nearly_all_that_an_exact_search_finds() -> None:
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(40, 32))
    vectors = (centres[rng.integers(40, size=4000)] + 0.4 * rng.normal(size=(4000, 32))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = np.arange(4000, dtype=np.int64) * 3
    exact, clustered = DenseIndex.build(keys, vectors, 32), DenseIndex.build(keys, vectors, 32, limit=1000)
    assert exact.is_exact
    assert not clustered.is_exact
    found = [
        len({c.key for c in exact.search(query, 10)} & {c.key for c in clustered.search(query, 10)})
        for query in vectors[::40]
    ]
    assert np.mean(found) >= 9.5


def test_clusters_are_exact_within_a_selection() -> None:
    rng = np.random.default_rng(8)
    vectors = rng.normal(size=(3000, 16)).astype(np.float32)
    keys = np.arange(3000, dtype=np.int64) + 10
    exact, clustered = DenseIndex.build(keys, vectors, 16), DenseIndex.build(keys, vectors, 16, limit=10)
    some = Selection(keys[::50])
    for query in vectors[:10]:
        assert clustered.search(query, 5, some) == exact.search(query, 5, some)
