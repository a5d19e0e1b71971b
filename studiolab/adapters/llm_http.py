"""Plain requests to a language model's server: which models it has, and embeddings; and what its refusals mean."""

import json
import time

import httpx

from studiolab.adapters.errors import LlmUnavailable

MOST_BYTES = 64_000_000  # of a reply


def asked(provider, path, body=None):
    """The JSON that the server answers to GET `path`, or to POST of a `body`.

    Raises LlmUnavailable for every fault of server and network, at the latest about `provider.seconds` from now.
    """
    if provider.lacks:
        raise LlmUnavailable(f"{provider.lacks} is not set")
    until, host = time.monotonic() + provider.seconds, provider.host
    late = LlmUnavailable(f"{host} gave no whole answer within {provider.seconds:g} seconds")
    try:
        url = f"{provider.base_url.rstrip('/')}{path}"
        method, told = "GET" if body is None else "POST", {"headers": _headers(provider), "json": body}
        with httpx.stream(method, url, timeout=provider.seconds, **told) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if time.monotonic() > until:
                    raise late
                if len(content) > MOST_BYTES:
                    raise LlmUnavailable(f"{host} sent more than {MOST_BYTES:,} bytes")
    except httpx.TimeoutException:
        raise late from None
    except LlmUnavailable as error:
        raise LlmUnavailable(str(error)) from None
    except Exception as error:  # of the network or the address, in the words of several libraries
        raise LlmUnavailable(f"{host} cannot be reached ({type(error).__name__})") from None
    try:
        told = json.loads(bytes(content))
    except (ValueError, RecursionError):
        told = None
    if response.status_code >= 400:
        raise LlmUnavailable(refusal(response.status_code, told, provider))
    if not isinstance(told, dict):
        raise LlmUnavailable(f"{host} sent something that is no JSON object")
    return told


def refusal(status, body, provider):
    """What an HTTP status means, for who runs the workbench; body : what came with it, of any kind."""
    host = provider.host
    if status in (401, 403):
        return f"{host} refused the key ({status})"
    if status == 404:
        return f"{host} does not know the model {provider.model!r} or the address (404); the model may be retired"
    if status == 429:
        return f"{host} has had too many requests, or no credit is left (429)"
    if status >= 500:
        return f"{host} has a fault of its own ({status})"
    error = body.get("error", body) if isinstance(body, dict) else {}
    said = error.get("message", "") if isinstance(error, dict) else ""
    said = " ".join(str(said).split())
    said = said.replace(provider.key, "***") if provider.key else said
    return f"{host} refused the request ({status}){': ' + said[:200] if said else ''}"


def there(provider):
    """List of the ids of the models that a provider has now. Raises LlmUnavailable."""
    told = asked(provider, "/models")
    rows = told.get("data")
    if not isinstance(rows, list):
        raise LlmUnavailable(f"{provider.host} sent something that is no list of models")
    names = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return sorted(name.removeprefix("models/") for name in names)


def retired(model, known):
    """A sentence on a model that is not among `known` ids, "" where it is."""
    if model in known or f"{model}:latest" in known:  # the second as Ollama writes it
        return ""
    some = f"; there are {', '.join(known[:12])}{' …' if len(known) > 12 else ''}" if known else ""
    return f"model retired: the provider has no {model!r} (any more){some}"


def _headers(provider):
    headers = {"Authorization": f"Bearer {provider.key or 'none'}"}
    if provider.name == "anthropic":  # whose list of models knows its own headers alone
        headers |= {"x-api-key": provider.key or "none", "anthropic-version": "2023-06-01"}
    return headers
