"""What a language model sent, read: the text of a completion, and the value in the text."""

import json

from pydantic import ValidationError

from studiolab.adapters.errors import LlmUnavailable

MOST_CHARACTERS = 200_000  # of an answer
MOST_STARTS = 100  # braces tried as the beginning of a value


def content(body, provider):
    """Text of a chat completion; raises LlmUnavailable where it is none, refused, cut off, empty or endless."""
    try:
        choice = json.loads(body)["choices"][0]
        message, why = choice["message"], choice.get("finish_reason")
        text, refusal = message.get("content"), message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise LlmUnavailable(f"{provider.host} sent something that is not a chat completion") from None
    if refusal or why == "content_filter":
        raise LlmUnavailable(f"{provider.model} declined to answer")
    if why == "length":
        raise LlmUnavailable(f"the answer of {provider.model} was cut off at {provider.max_tokens} tokens")
    if not isinstance(text, str) or not text.strip():
        raise LlmUnavailable(f"{provider.model} gave an empty answer")
    if len(text) > MOST_CHARACTERS:
        raise LlmUnavailable(f"{provider.model} gave an answer of {len(text):,} characters")
    return text.encode("utf-8", "replace").decode()


def value_of(text, model_class, check):
    """(value, problems) of an answer; value is None where it does not fit the class."""
    found = _json(text)
    if found is None:
        return None, ["It holds no JSON object."]
    try:
        value = model_class.model_validate_json(found)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        return None, [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults]
    return value, list(check(value))


def _json(text):
    """The longest JSON object in a text, fenced or between sentences, as bytes that are JSON; None without one."""
    decoder, best, length, at = json.JSONDecoder(), None, 0, text.find("{")
    for _ in range(MOST_STARTS):
        if at < 0:
            break
        try:
            found, end = decoder.raw_decode(text, at)
            if end - at > length:
                # Escapes may hold half a character, which pydantic refuses: it becomes a question mark.
                best, length = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"), end - at
        except (ValueError, RecursionError):
            end = at + 1
        at = text.find("{", end)
    return best
