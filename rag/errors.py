"""Everything that can go wrong, in one tree.

RagError
├── InputError              what was handed in cannot be used
│   ├── EmptyQuestion
│   ├── UnreadableFile      one file of an ingest; reported, never stops the rest
│   └── BadRequest          a malformed batch line, filter or option value
├── SettingsError           rag.toml or a RAG_… variable holds something unusable
├── IndexError_
│   ├── IndexMissing
│   ├── IndexLocked         another process is writing
│   ├── IndexReadOnly
│   ├── IndexCorrupt
│   ├── IndexFull           no space left on the device
│   ├── FormatMismatch      written by a newer or older version
│   └── EncoderMismatch     written with another embedding model
├── ArticleUnknown
├── ModelError
│   ├── ModelMissing        a model named by the user is not on this machine
│   └── DependencyMissing   an optional package is not installed
└── NotYet                  a command of the contract that this version does not have

An error carries the key of its message and the values to fill in, so that the interface says it in the user's
language; `str(error)` is the English text.
"""

from __future__ import annotations

from rag.messages import say


class RagError(Exception):
    """Base of all errors that are meant to be shown; `key` names the message in `rag.messages`.

    Where a message has the gap `reason`, the error is given either `reason`, in words, or `reason_key`, a key of
    `rag.messages` whose own gaps are filled from the same values, so that the reason is said in every language.
    """

    key = "error.general"

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(self.in_language("en"))

    def in_language(self, language: str) -> str:
        """The message in an interface language (`en`, `zh-Hans` or `zh-Hant`)."""
        return say(self.key, language, **{**self.values, "reason": self.reason(language)})

    def reason(self, language: str = "en") -> str:
        """The reason alone, in words; empty for an error that has none."""
        if "reason_key" in self.values:
            return say(str(self.values["reason_key"]), language, **self.values)
        return str(self.values.get("reason", ""))


class InputError(RagError):
    """What was handed in cannot be used."""


class EmptyQuestion(InputError):
    """A question without any letter or digit."""

    key = "error.empty_question"


class UnreadableFile(InputError):
    """A file, or a line of one, that gives no article; values: `path`, `reason_key` and what that message fills in."""

    key = "error.unreadable_file"


class BadRequest(InputError):
    """A malformed batch line, filter or option; values: `what`, `reason`."""

    key = "error.bad_request"


class SettingsError(RagError):
    """A setting that cannot be used; values: `where`, `reason`."""

    key = "error.settings"


class IndexError_(RagError):
    """Base of what can be wrong with an index folder; values: `path`."""

    key = "error.index"


class IndexMissing(IndexError_):
    """No index in this folder."""

    key = "error.index_missing"


class IndexLocked(IndexError_):
    """Another process is writing to the index."""

    key = "error.index_locked"


class IndexReadOnly(IndexError_):
    """The index folder cannot be written to."""

    key = "error.index_read_only"


class IndexCorrupt(IndexError_):
    """The catalog of the index cannot be read; values: `path`, `reason`."""

    key = "error.index_corrupt"


class IndexFull(IndexError_):
    """The disk is full; what was stored before is intact."""

    key = "error.index_full"


class FormatMismatch(IndexError_):
    """The index was written by another version; values: `path`, `found`, `expected`."""

    key = "error.format_mismatch"


class EncoderMismatch(IndexError_):
    """The index was written with another embedding model; values: `path`, `found`, `expected`."""

    key = "error.encoder_mismatch"


class ArticleUnknown(RagError):
    """No article has this id or source; values: `article`."""

    key = "error.article_unknown"


class ModelError(RagError):
    """Base of what can be wrong with a model."""

    key = "error.model"


class ModelMissing(ModelError):
    """The model is not on this machine; values: `model`, `reason`."""

    key = "error.model_missing"


class DependencyMissing(ModelError):
    """An optional package is not installed; values: `package`, `extra`."""

    key = "error.dependency_missing"


class NotYet(RagError):
    """The command is part of the contract but not of this version; values: `command`."""

    key = "error.not_yet"
