"""What every embedding model promises, the bundled one and one of sentence-transformers; then what is particular."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding.static import StaticModel, bundled_model
from rag.embedding.transformer import TransformerEncoder
from rag.errors import EncoderMismatch, ModelNotFound
from rag.index.preparation import Preparer
from rag.ingestion.readers import RawArticle
from rag.types import Encoder

TEXTS = [
    "The bridge opens in May.",
    "大桥五月通车。",
    "A kettle sings on the stove, and the cat does not care.",
    "水。",
    "12.5%",
]
_HAN = "大桥五月通车水火山的在了"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *_LATIN,
    *(f"##{char}" for char in _LATIN),
    *"0123456789.,:",
    *_HAN,
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a BERT with random weights, 32 dimensions; sentence-transformers adds mean pooling."""
    return _make_model(tmp_path_factory.mktemp("models") / "tiny", seed=0)


def _make_model(folder: Path, seed: int) -> Path:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(seed)
    shape = BertConfig(
        vocab_size=len(_VOCABULARY),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(shape).save_pretrained(folder)
    BertTokenizerFast(vocab={piece: number for number, piece in enumerate(_VOCABULARY)}).save_pretrained(folder)
    return folder


def _saved(tiny: Path, folder: Path, change: Callable[[Any], None]) -> str:
    """A changed copy of the tiny model, saved as sentence-transformers does."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(tiny), device="cpu")
    change(model)
    model.save(str(folder))
    return str(folder)


@pytest.fixture(scope="module", params=["static", "transformer"])
def open_encoder(request: pytest.FixtureRequest) -> Callable[[], Encoder]:
    if request.param == "static":
        return StaticModel
    folder: Path = request.getfixturevalue("tiny")
    return lambda: TransformerEncoder(str(folder))


@pytest.fixture(scope="module")
def encoder(open_encoder: Callable[[], Encoder]) -> Encoder:
    return open_encoder()


# --- every encoder ---


def test_vectors_have_the_stated_shape_type_and_length(encoder: Encoder) -> None:
    vectors = encoder.encode_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    query = encoder.encode_query(TEXTS[0])
    assert query.shape == (encoder.dimensions,)
    assert query.dtype == np.float32
    assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("none", [[], ()])
def test_no_texts_give_no_vectors_of_the_right_width(encoder: Encoder, none: list[str]) -> None:
    vectors = encoder.encode_passages(none)
    assert vectors.shape == (0, encoder.dimensions)
    assert vectors.dtype == np.float32


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_has_a_vector_of_unit_length_or_zero(encoder: Encoder, text: str) -> None:
    length = float(np.linalg.norm(encoder.encode_query(text)))
    assert length == pytest.approx(1, abs=1e-5) or length == 0


@pytest.mark.parametrize(
    "text", ["", " \n", "!!!", "\ud800", "half a pair \udc00 of 水", "\0", "a" * 5000, "水" * 5000]
)
def test_awkward_texts_have_finite_vectors(encoder: Encoder, text: str) -> None:
    assert np.isfinite(encoder.encode_passages([text, "水"])).all()
    assert np.isfinite(encoder.encode_query(text)).all()


def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder) -> None:
    together = encoder.encode_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert encoder.encode_passages([text])[0] == pytest.approx(vector, abs=1e-5)


def test_many_texts_keep_their_order(encoder: Encoder) -> None:
    many = [TEXTS[number % len(TEXTS)] for number in range(600)]
    expected = encoder.encode_passages(TEXTS)
    for number, vector in enumerate(encoder.encode_passages(many)):
        assert vector == pytest.approx(expected[number % len(TEXTS)], abs=1e-5)


def test_different_texts_have_different_vectors(encoder: Encoder) -> None:
    cosines = encoder.encode_passages(TEXTS) @ encoder.encode_passages(TEXTS).T
    assert (cosines[~np.eye(len(TEXTS), dtype=bool)] < 0.999).all()


def test_a_text_is_nearest_to_itself_as_question_and_passage(encoder: Encoder) -> None:
    passages = encoder.encode_passages(TEXTS)
    assert [int(np.argmax(passages @ encoder.encode_query(text))) for text in TEXTS] == list(range(len(TEXTS)))


def test_opening_again_gives_the_same_fingerprint_and_vectors(
    encoder: Encoder, open_encoder: Callable[[], Encoder]
) -> None:
    again = open_encoder()
    assert again.fingerprint == encoder.fingerprint
    assert again.encode_passages(TEXTS) == pytest.approx(encoder.encode_passages(TEXTS), abs=1e-6)


def test_threads_get_the_vectors_of_their_own_texts(encoder: Encoder) -> None:
    texts = [("kettle " * (number % 7 + 1)) + TEXTS[number % len(TEXTS)] for number in range(60)]
    expected = [encoder.encode_query(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        for vector, wanted in zip(pool.map(encoder.encode_query, texts), expected, strict=True):
            assert vector == pytest.approx(wanted, abs=1e-5)


def test_an_article_is_stored_with_the_vectors_of_its_passages(encoder: Encoder) -> None:
    text = "# Tea\n\nThe kettle sings at four.\n\n# Rain\n\nThe roof leaks over the stairs.\n"
    raw = RawArticle("/tea.md", "tea.md", "Notes", "en", text)
    preparer = Preparer(bundled_model(), encoder, passage_pieces=40)
    made = preparer.prepare(raw, "tea.md", "hash")
    searched = [f"{passage.heading}\n{passage.text}" for passage in made.passages]
    assert [passage.heading for passage in made.passages] == ["Tea", "Rain"]
    assert made.vectors == pytest.approx(encoder.encode_passages(searched), abs=1e-5)
    assert all((np.diff(pieces.astype(int)) > 0).all() for pieces in made.pieces)
    assert [set(pieces) for pieces in made.pieces] == [set(found) for found in bundled_model().pieces(searched)]
    assert "tea" in made.words[0]
    assert encoder.fingerprint in preparer.recipe


# --- an encoder that is another model of the same kind ---


def test_vectors_come_from_the_encoder_even_if_it_is_a_static_model_of_its_own() -> None:
    class Mirrored(StaticModel):
        """The bundled model with every vector turned round."""

        def pooled(self, pieces: Any) -> Any:
            return -super().pooled(pieces)

    raw = RawArticle("/a", "a", "A", "en", "The kettle sings at four.")
    made = Preparer(bundled_model(), Mirrored(), 100).prepare(raw, "a", "hash")
    assert made.vectors[0] == pytest.approx(-bundled_model().encode_query("The kettle sings at four."), abs=1e-6)


# --- sentence-transformers ---


def test_an_index_can_be_made_with_a_sentence_transformers_model(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The kettle sings at four.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("大桥五月通车。", encoding="utf-8")
    assistant = Assistant.open(tmp_path / "index", Settings(encoder=str(tiny)))
    assert assistant.ingest(tmp_path / "a.txt", tmp_path / "b.txt").count("added") == 2
    hit = assistant.search("大桥五月通车。", mode="dense")[0]
    assert hit.source == "b.txt"
    assert hit.score == pytest.approx(1, abs=1e-4)
    assert assistant.search("When does the kettle sing?")[0].source == "a.txt"
    with pytest.raises(EncoderMismatch, match="bilingual-static"):
        Assistant.open(tmp_path / "index", Settings())


def test_models_with_other_weights_have_other_fingerprints(tiny: Path, tmp_path: Path) -> None:
    other = TransformerEncoder(str(_make_model(tmp_path / "tiny", seed=1)))
    assert other.fingerprint != TransformerEncoder(str(tiny)).fingerprint


def test_one_row_of_difference_changes_the_fingerprint(tiny: Path, tmp_path: Path) -> None:
    def turn_a_row(model: Any) -> None:
        model[0].auto_model.embeddings.word_embeddings.weight.data[40] *= -1

    changed = TransformerEncoder(_saved(tiny, tmp_path / "tiny", turn_a_row))
    assert changed.fingerprint != TransformerEncoder(str(tiny)).fingerprint


def test_the_prompts_that_a_model_carries_are_used(tiny: Path, tmp_path: Path) -> None:
    def give_prompts(model: Any) -> None:
        model.prompts = {"query": "ask: ", "document": "text: "}

    plain = TransformerEncoder(str(tiny))
    prompted = TransformerEncoder(_saved(tiny, tmp_path / "prompted", give_prompts))
    assert prompted.encode_query("kettle") == pytest.approx(plain.encode_query("ask: kettle"), abs=1e-5)
    assert prompted.encode_passages(["kettle"]) == pytest.approx(plain.encode_passages(["text: kettle"]), abs=1e-5)


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("multilingual-e5-tiny", "query: ", "passage: "),
        ("bge-small-en-v9", "Represent this sentence for searching relevant passages: ", ""),
        ("BGE-small-zh-v9", "为这个句子生成表示以用于检索相关文章：", ""),
    ],
)
def test_families_that_only_document_their_prompts_get_them(
    tiny: Path, tmp_path: Path, name: str, query: str, passage: str
) -> None:
    shutil.copytree(tiny, tmp_path / name)
    plain, family = TransformerEncoder(str(tiny)), TransformerEncoder(str(tmp_path / name))
    assert family.encode_query("kettle") == pytest.approx(plain.encode_query(f"{query}kettle"), abs=1e-5)
    wanted = plain.encode_passages([f"{passage}kettle"])
    assert family.encode_passages(["kettle"]) == pytest.approx(wanted, abs=1e-5)


def test_a_model_with_a_side_for_questions_and_one_for_passages_is_asked_rightly(tiny: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules.router import Router

    other = _make_model(tmp_path / "other", seed=1)
    sides = [list(SentenceTransformer(str(folder), device="cpu")) for folder in (tiny, other)]
    SentenceTransformer(modules=[Router.for_query_document(*sides)], device="cpu").save(str(tmp_path / "both"))
    both = TransformerEncoder(str(tmp_path / "both"))
    assert both.encode_query("kettle") == pytest.approx(TransformerEncoder(str(tiny)).encode_query("kettle"), abs=1e-5)
    wanted = TransformerEncoder(str(other)).encode_passages(["kettle"])
    assert both.encode_passages(["kettle"]) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("name", ["nobody/no-such-model", "", "no/such/folder/at-all"])
def test_a_model_that_is_not_on_this_machine_is_named(name: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        TransformerEncoder(name)
    assert caught.value.values["model"] == name
    assert name in caught.value.in_language("zh-Hant")


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelNotFound) as caught:
        TransformerEncoder(str(tmp_path))
    assert str(tmp_path) in str(caught.value)
