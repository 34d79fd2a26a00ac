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
├── ConversationUnknown     it was deleted, or is another person's
├── ConversationsUnkept     the file of conversations cannot be read or written now
├── TooBusy                 too many questions are waiting for an answer already
├── ModelError
│   ├── ModelNotFound       a model named by the user is not where it was looked for
│   ├── IncompleteModel     files or weights of a model are missing or cut off
│   ├── UnsupportedArchitecture
│   │   └── UnsupportedGguf     llama.cpp cannot run it
│   ├── NeedsRemoteCode     the model would run code from its own folder
│   ├── NoChatTemplate      the model cannot be talked to in turns
│   ├── MissingDependency   an optional package is not installed
│   ├── HubOffline          the model hub was not reached
│   ├── HubDenied           the model hub wants an account or a licence accepted
│   ├── DiskFull            no space for a model's files
│   ├── ServerDown          a model server was not reached, or went away
│   ├── ServerRejected      a model server answered with an error
│   ├── PromptTooLong       question and evidence do not fit the model
│   └── OutOfMemory         the model does not fit the memory
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


class ConversationUnknown(RagError):
    """The conversation, or the turn of it, is not there for this person."""

    key = "error.conversation_unknown"


class ConversationsUnkept(RagError):
    """The file of conversations cannot be read or written now; values: `path`, `reason`."""

    key = "error.conversations_unkept"


class TooBusy(RagError):
    """More questions are waiting for an answer than one server takes; value: `count`."""

    key = "error.too_busy"


class ModelError(RagError):
    """Base of what can be wrong with a model."""

    key = "error.model"


class ModelNotFound(ModelError):
    """The model is not where it was looked for; values: `model`, `reason`."""

    key = "error.model_not_found"


class IncompleteModel(ModelError):
    """Files or weights of a model are missing or cut off; values: `model`, `reason`."""

    key = "error.incomplete_model"


class UnsupportedArchitecture(ModelError):
    """No code here runs this architecture; values: `model`, `architecture`."""

    key = "error.unsupported_architecture"


class UnsupportedGguf(UnsupportedArchitecture):
    """llama.cpp does not run this architecture, or not yet; values: `model`, `architecture`."""

    key = "error.unsupported_gguf"


class NeedsRemoteCode(ModelError):
    """The model would run code from its own folder, which is never done; values: `model`."""

    key = "error.needs_remote_code"


class NoChatTemplate(ModelError):
    """The model's tokenizer has no chat template; values: `model`."""

    key = "error.no_chat_template"


class MissingDependency(ModelError):
    """An optional package is not installed; values: `package`, `extra`."""

    key = "error.missing_dependency"


class HubOffline(ModelError):
    """The model hub was not reached, or is not to be; values: `model`, `hub`."""

    key = "error.hub_offline"


class HubDenied(ModelError):
    """The model hub wants an account or a licence accepted; values: `model`, `hub`."""

    key = "error.hub_denied"


class DiskFull(ModelError):
    """No space for a model's files; values: `model`, `path`, `needed`, `free` (both in words, with unit)."""

    key = "error.disk_full"


class ServerDown(ModelError):
    """A model server was not reached, or went away while it answered; values: `url`."""

    key = "error.server_down"


class ServerRejected(ModelError):
    """A model server answered with an error; values: `url`, `reason`."""

    key = "error.server_rejected"


class PromptTooLong(ModelError):
    """Question and evidence do not fit the model; values: `model`, `limit` (tokens, or `?`)."""

    key = "error.prompt_too_long"


class OutOfMemory(ModelError):
    """The model does not fit the memory; values: `model`."""

    key = "error.out_of_memory"


class NotYet(RagError):
    """The command is part of the contract but not of this version; values: `command`."""

    key = "error.not_yet"
