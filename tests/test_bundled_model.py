"""The bundled model: what other libraries make of its folder, what it costs, and what it knows of the two languages."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.embedding.static import BUNDLED_FOLDER, CONFIG, PIECES, TOKENIZER, WEIGHTS, StaticModel, bundled_model
from rag.errors import ModelNotFound
from rag.text.folding import fold_text

TRANSLATIONS = [
    ("The bakery opens at six in the morning", "面包店早上六点开门"),
    ("A storm damaged the harbour wall", "风暴损坏了港口的墙"),
    ("The museum bought three old maps", "博物馆买了三张旧地图"),
    ("Farmers planted more rice this spring", "农民今年春天种了更多水稻"),
    ("The train to the airport was late", "去机场的火车晚点了"),
    ("Students wrote letters to the mayor", "学生们给市长写信"),
    ("The hospital needs more nurses", "医院需要更多护士"),
    ("Her new film won a prize", "她的新电影获奖了"),
    ("The price of coffee rose again", "咖啡的价格又上涨了"),
    ("The company hired fifty engineers", "公司雇用了五十名工程师"),
]
MIXED = [
    *(text for pair in TRANSLATIONS for text in pair),
    "颱風過後，島上的渡輪停航三天。",
    "12.5% of birds' nests — and ｆｕｌｌ ｗｉｄｔｈ",
]


def cosine(one: str, other: str) -> float:
    model = bundled_model()
    return float(model.encode_query(one) @ model.encode_query(other))


def test_model2vec_opens_the_folder_and_gives_the_same_vectors() -> None:
    from model2vec import StaticModel as Model2Vec

    theirs = Model2Vec.from_pretrained(str(BUNDLED_FOLDER)).encode([fold_text(text) for text in MIXED])
    assert theirs == pytest.approx(bundled_model().encode_passages(MIXED), abs=1e-5)


def test_sentence_transformers_opens_the_folder_and_gives_the_same_vectors() -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(BUNDLED_FOLDER), device="cpu")
    theirs = model.encode([fold_text(text) for text in MIXED], show_progress_bar=False)
    assert theirs == pytest.approx(bundled_model().encode_passages(MIXED), abs=1e-5)


def test_the_folder_has_at_most_40_megabytes() -> None:
    assert sum(file.stat().st_size for file in BUNDLED_FOLDER.rglob("*")) <= 40_000_000


def test_the_fingerprint_is_that_of_the_files() -> None:
    digest = hashlib.sha256((BUNDLED_FOLDER / WEIGHTS).read_bytes() + (BUNDLED_FOLDER / TOKENIZER).read_bytes())
    assert bundled_model().fingerprint == f"bilingual-static-{digest.hexdigest()[:16]}"


def test_answering_needs_neither_torch_nor_langchain(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The kettle at Oak House sings at four in the afternoon.\n", encoding="utf-8")
    program = f"""
import sys, json
import rag
assistant = rag.Assistant.open({str(tmp_path / "index")!r}, rag.Settings())
assistant.ingest({str(tmp_path / "a.txt")!r})
answer = assistant.ask("When does the kettle at Oak House sing?")
heavy = {{"torch", "transformers", "sentence_transformers", "langchain", "langchain_core", "gradio", "model2vec"}}
print(json.dumps({{"evidence": len(answer.evidence), "heavy": sorted(heavy & set(sys.modules))}}))
"""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"evidence": 1, "heavy": []}


def test_a_translation_is_nearer_than_any_unrelated_sentence() -> None:
    english = bundled_model().encode_passages([en for en, _ in TRANSLATIONS])
    chinese = bundled_model().encode_passages([zh for _, zh in TRANSLATIONS])
    cosines = english @ chinese.T
    assert cosines.argmax(axis=1).tolist() == list(range(len(TRANSLATIONS)))
    assert cosines.argmax(axis=0).tolist() == list(range(len(TRANSLATIONS)))
    unrelated = cosines[~np.eye(len(TRANSLATIONS), dtype=bool)]
    assert np.diag(cosines).min() > unrelated.max() + 0.2


@pytest.mark.parametrize(
    ("word", "translation", "unrelated"),
    [
        ("library", "图书馆", "水稻"),
        ("lighthouse", "灯塔", "护士"),
        ("expensive", "昂贵", "河流"),
        ("nurse", "護士", "地圖"),
        ("software", "軟體", "早晨"),
        ("printer", "印表機", "牛奶"),
    ],
)
def test_a_word_is_nearer_to_its_translation(word: str, translation: str, unrelated: str) -> None:
    assert cosine(word, translation) > cosine(word, unrelated) + 0.3


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("圖書館開放到晚上十一點", "图书馆开放到晚上十一点"),
        ("軟體安裝在隨身碟上", "软件安装在U盘上"),
        ("網際網路的印表機", "互联网的打印机"),
        ("ＡＢＣ　１２３", "abc 123"),
    ],
)
def test_script_width_and_regional_words_do_not_change_the_vector(traditional: str, simplified: str) -> None:
    assert cosine(traditional, simplified) == pytest.approx(1, abs=1e-6)


def test_a_text_without_known_pieces_has_a_zero_vector() -> None:
    assert not bundled_model().encode_passages(["", "!!!", "   "]).any()
    assert bundled_model().count_pieces([""]) == [0]


def test_a_rare_word_is_rarer_than_a_common_one() -> None:
    model = bundled_model()
    common, rare = (float(model.rarity[model.pieces([word])[0]].mean()) for word in ("the", "lighthouse"))
    assert common + 3 < rare
    assert model.rarity.shape == (len(model.rows),)
    assert model.rarity.min() > 0


def test_piece_vectors_are_unit_vectors() -> None:
    model = bundled_model()
    pieces = model.pieces(["The kettle sings. 水壶在唱歌。"])[0]
    vectors = model.vectors(pieces)
    assert vectors.shape == (len(pieces), model.dimensions)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_pieces_are_shown_where_they_stand_in_the_original_script() -> None:
    model, text = bundled_model(), "隨身碟 and ＡＢＣ 圖書館"
    pieces, spans = model.pieces_with_spans(text)
    found = [(model.piece_text(int(piece)), text[start:end]) for piece, (start, end) in zip(pieces, spans, strict=True)]
    assert ("盘", "隨身碟") in found
    assert ("abc", "ＡＢＣ") in found
    assert ("图书馆", "圖書館") in found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["圖書館", "軟體", "Kettle ", "U.S. ", "３％", "\n", "。", "ﬁre", "é", "☃", "網際網路"]),
        max_size=12,
    )
)
def test_pieces_with_spans_are_the_pieces_in_order(parts: list[str]) -> None:
    model, text = bundled_model(), "".join(parts)
    pieces, spans = model.pieces_with_spans(text)
    assert pieces.tolist() == model.pieces([text])[0].tolist()
    assert model.count_pieces([text]) == [len(pieces)] == [len(spans)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@pytest.mark.parametrize("name", [CONFIG, TOKENIZER, WEIGHTS, PIECES])
def test_a_missing_or_broken_file_is_a_missing_model(tmp_path: Path, name: str) -> None:
    for file in (CONFIG, TOKENIZER, WEIGHTS, PIECES):
        if file != name:
            (tmp_path / file).symlink_to(BUNDLED_FOLDER / file)
    for content in (None, b"", b"{", (BUNDLED_FOLDER / name).read_bytes()[:100]):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelNotFound) as caught:
            StaticModel(tmp_path)
        assert str(tmp_path) in str(caught.value)


def test_a_copy_of_the_folder_is_the_same_model(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED_FOLDER, tmp_path / "copy")
    copy = StaticModel(tmp_path / "copy")
    assert copy.fingerprint == bundled_model().fingerprint
    assert (copy.encode_query("水壶") == bundled_model().encode_query("水壶")).all()
