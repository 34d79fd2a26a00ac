"""Pieces and start of the small transformer: all-MiniLM-L6-v2's English pieces, and Chinese words beside them.

The tokenizer is a BERT WordPiece one. Each Chinese piece stands in its vocabulary twice, with and without the
continuation mark, and both ids lead to one row of vectors. A character without a row of its own leads to the unknown
piece's, so that it does not make a whole run of text unknown; one that no word holds becomes a placeholder before.

A Chinese piece starts from the teacher's input vectors of the English pieces that lie nearest to it among the
bundled static vectors (Minixhofer, Paischer and Rekabsaz 2022, "WECHSEL"): ten neighbours, weighted by the softmax of
their cosines at temperature 0.1, the length brought back to that of an English piece.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from rag.embedding.static import StaticModel
from training.start import teacher_folder

ENGLISH_PIECES, CHINESE_WORDS, CHARACTERS = 22_000, 13_500, 4_500
NEIGHBOURS, TEMPERATURE = 10, 0.1
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
PLACEHOLDER = "□"
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_ASCII = re.compile(r"(##)?[!-~]+")


def make(static: StaticModel, tokenizer_file: Path, start_file: Path) -> None:
    """Write the tokenizer and, to `start_file`, what its ids stand for.

    `vectors` (rows × 384, float32), `row_of` (ids, int32: the row of each id), `english` (how many rows are English).
    """
    teacher = Tokenizer.from_file(str(teacher_folder() / "tokenizer.json")).get_vocab()
    vectors = _teacher_vectors()
    english = _english_pieces(teacher)
    chinese = _chinese_pieces(static)
    row_of = _write_tokenizer(english, chinese, tokenizer_file)
    started = _from_neighbours(static, chinese, teacher, vectors)
    rows = np.concatenate([vectors[[teacher[piece] for piece in english]], started])
    np.savez(start_file, vectors=rows.astype("float32"), row_of=row_of, english=len(english))
    print(f"{len(english)} English and {len(chinese)} Chinese pieces")


def _teacher_vectors() -> NDArray[np.float32]:
    from safetensors.numpy import load_file

    found: NDArray[np.float32] = load_file(teacher_folder() / "model.safetensors")["embeddings.word_embeddings.weight"]
    return found


def _english_pieces(teacher: dict[str, int]) -> list[str]:
    """Special pieces, then the teacher's pieces in ASCII in its own order, which is by frequency."""
    ranked = sorted((row, piece) for piece, row in teacher.items())
    usable = [p for _, p in ranked if _ASCII.fullmatch(p) and not re.fullmatch(r"\[.+\]", p)]
    return list(SPECIAL) + usable[: ENGLISH_PIECES - len(SPECIAL)]


def _chinese_pieces(static: StaticModel) -> list[str]:
    """Words by frequency (the static model's Unigram scores), then characters by how often they stand alone."""
    vocabulary = json.loads(static.tokenizer.to_str())["model"]["vocab"]
    ranked = [(-score, -float(static.frequency[i]), piece) for i, (piece, score) in enumerate(vocabulary)]
    han = sorted(entry for entry in ranked if _HAN.fullmatch(entry[2]))
    words = [piece for _, _, piece in han if len(piece) > 1][:CHINESE_WORDS]
    single = [piece for _, _, piece in han if len(piece) == 1][:CHARACTERS]
    return words + single


def _write_tokenizer(english: list[str], chinese: list[str], out: Path) -> NDArray[np.int32]:
    used = sorted({char for piece in chinese for char in piece})
    rare = [char for char in [*used, PLACEHOLDER] if char not in set(chinese)]
    rows = list(range(len(english), len(english) + len(chinese)))
    unknown = [SPECIAL.index("[UNK]")] * len(rare)
    pieces = [*english, *chinese, *("##" + piece for piece in chinese), *rare, *("##" + char for char in rare)]
    row_of = [*range(len(english)), *rows, *rows, *unknown, *unknown]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100, continuing_subword_prefix="##")
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.BertNormalizer(handle_chinese_chars=False, strip_accents=True, lowercase=True),
            normalizers.Replace(Regex(f"(?![{''.join(used)}])[\u4e00-\u9fff]"), PLACEHOLDER),
        ]
    )
    runs = Regex(f"[\u4e00-\u9fff{PLACEHOLDER}]{{1,50}}")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(runs, "isolated"), pre_tokenizers.BertPreTokenizer()]
    )
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.save(str(out), pretty=False)
    return np.array(row_of, dtype=np.int32)


def _from_neighbours(
    static: StaticModel, chinese: list[str], teacher: dict[str, int], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    known = static.tokenizer.get_vocab()
    words = sorted(piece for piece in teacher if re.fullmatch(r"[a-z]{2,}", piece) and piece in known)
    anchors = _directions(static, [known[word] for word in words])
    inputs = vectors[[teacher[word] for word in words]]
    length = float(np.linalg.norm(inputs, axis=1).mean())
    cosines = _directions(static, [known[piece] for piece in chinese]) @ anchors.T
    nearest = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    weights = np.exp(np.take_along_axis(cosines, nearest, axis=1) / TEMPERATURE)
    weights /= weights.sum(axis=1, keepdims=True)
    started = np.einsum("ij,ijk->ik", weights, inputs[nearest])
    scaled: NDArray[np.float32] = started / np.linalg.norm(started, axis=1, keepdims=True) * length
    return scaled


def _directions(static: StaticModel, pieces: list[int]) -> NDArray[np.float32]:
    rows = static.rows[pieces].astype("float32") * static.scales[pieces][:, None]
    found: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found
