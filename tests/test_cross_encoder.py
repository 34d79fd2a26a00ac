"""A cross-encoder, where one is configured, orders what was found; one that is not there is left out and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.retrieval import cross_encoder

ARTICLES = {
    "lake.md": "# The lake\n\nThe lake of Arnheim is 40 metres deep. Boats cross it in summer.",
    "mill.md": "# The mill\n\nThe mill of Arnheim grinds rye. Its wheel is 6 metres wide.",
    "hill.md": "# The hill\n\nThe hill of Arnheim is 300 metres high. Sheep graze on it.",
}
QUESTION = "How deep is the lake of Arnheim?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reranked")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    Assistant.open(folder / "index", Settings(model="extractive")).ingest(folder)
    return folder / "index"


def tiny(folder: Path, outputs: int) -> Path:
    """A random BERT that reads a pair and gives `outputs` numbers."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = sorted({word for text in (*ARTICLES.values(), QUESTION) for word in text.lower().replace(".", " ").split()})
    folder.mkdir()
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]), encoding="utf-8"
    )
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(words) + 5, num_labels=outputs, **sizes)
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def settings(model: Path) -> Settings:
    return Settings(model="extractive", reranker=str(model))


def test_the_order_is_the_models_and_its_score_is_shown(index: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    model = tiny(tmp_path / "reranker", 1)
    assistant = Assistant.open(index, settings(model))
    hits = assistant.search(QUESTION)
    pairs = [(QUESTION, hit.passage.text) for hit in hits]
    expected = CrossEncoder(str(model)).predict(pairs)
    assert [hit.components["cross_encoder"] for hit in hits] == pytest.approx(list(expected), abs=1e-5)
    assert list(expected) == sorted(expected, reverse=True)
    assert len(hits) == len(ARTICLES)


def test_what_it_does_not_read_comes_behind_what_it_reads(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cross_encoder, "READ", 2)
    hits = Assistant.open(index, settings(tiny(tmp_path / "reranker", 1))).search(QUESTION)
    assert ["cross_encoder" in hit.components for hit in hits] == [True, True, False]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_search_by_one_side_only_is_not_reranked(index: Path, tmp_path: Path) -> None:
    assistant = Assistant.open(index, settings(tiny(tmp_path / "reranker", 1)))
    assert "cross_encoder" not in assistant.search(QUESTION, mode="lexical")[0].components


@pytest.mark.parametrize("kind", ["missing", "several outputs"])
def test_a_reranker_that_cannot_be_used_is_left_out_and_named(index: Path, tmp_path: Path, kind: str) -> None:
    model = tmp_path / "nowhere" if kind == "missing" else tiny(tmp_path / "reranker", 3)
    without = Assistant.open(index, Settings(model="extractive")).ask(QUESTION)
    answer = Assistant.open(index, settings(model)).ask(QUESTION)
    assert answer.text == without.text
    assert len(answer.notices) == 1
    assert answer.notices[0].startswith("The reranker was left out.")
    assert str(model) in answer.notices[0]
