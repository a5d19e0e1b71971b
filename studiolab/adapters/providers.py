"""Which language model serves which agent: providers, agents, and the models that aliases mean (K3.1)."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from studiolab.adapters.errors import StudiolabError
from studiolab.settings import settings as environment

SHIPPED = Path(__file__).with_name("llm_models.yaml")
FAST, STRONG, LOCAL, EMBEDDING = "fast", "strong", "local", "embedding"
ALIASES = (FAST, STRONG, LOCAL)  # the last means the provider on this machine, whichever is set up
ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
}
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "gemini": "GEMINI_API_KEY"}
AGENTS = {  # D-14: the alias of the model, and how many tokens an answer may have
    "smart_reply": (FAST, 2_000),
    "lead_scoring": (FAST, 2_000),
    "conversation_analysis": (FAST, 4_000),
    "scheduling": (STRONG, 8_000),
    "class_concierge": (STRONG, 8_000),
    "plan_advisor": (FAST, 1_000),
    "insights_writer": (STRONG, 8_000),
}
PROVIDERS = (*KEYS, "ollama")
OLLAMA_PORT = 11434


@dataclass(frozen=True)
class Provider:
    """A language model ready to be asked, for one agent; `dataclasses.replace` changes it at run time (D-15).

    name : of MODELS; base_url : of an OpenAI-compatible server; key : never shown; temperature : None leaves it to
    the model, as some refuse any other; max_tokens : of one answer; seconds : of the whole question
    """

    name: str
    base_url: str
    model: str
    key: str = field(default="", repr=False)
    temperature: float | None = None
    max_tokens: int = 4_000
    seconds: float = 20.0

    @property
    def host(self):
        """The server's name, for sentences; a password in the address is left out."""
        try:
            parts = urlsplit(self.base_url)
            name, port = parts.hostname, parts.port
        except ValueError:
            name = None
        if not name:
            return "the address of the language model"
        return f"{name}:{port}" if port else name

    @property
    def options(self):
        """What a request holds beside model and messages; Ollama knows the older word for the limit alone."""
        asked = {} if self.temperature is None else {"temperature": self.temperature}
        if self.name == "ollama":
            return asked | {"max_tokens": self.max_tokens, "response_format": {"type": "json_object"}}
        return asked | {"max_completion_tokens": self.max_tokens}

    @property
    def lacks(self):
        """Name of the variable that must be set first, empty where nothing is missing."""
        own = self.base_url == ADDRESSES.get(self.name)
        return KEYS[self.name] if own and not self.key else ""


def provider(agent, settings=None, provider=None, model=None, temperature=None, max_tokens=None):
    """The `Provider` of an agent, None where the environment names none.

    agent : of AGENTS; settings : the process's own by default
    provider : another one of PROVIDERS; model : an alias or an id; temperature, max_tokens : the agent's own (D-15)
    Raises StudiolabError where an alias means nothing, and ValueError for a provider that there is not.
    """
    settings = settings or environment()
    alias, most = AGENTS[agent]
    usual = usual_provider(settings)
    name = provider or ("ollama" if model == LOCAL else usual)
    if name is None:
        return None
    if name not in PROVIDERS:
        raise ValueError(f"provider {name!r}; expected one of {', '.join(PROVIDERS)}")
    own = settings.llm_model if name == usual else ""
    return Provider(name, _address(name, usual, settings), the_model(name, model or own or alias, settings),
                    _key(name, settings), temperature, max_tokens or most, settings.llm_seconds)  # fmt: skip


def usual_provider(settings):
    """Name of the provider that the environment chooses, None where it names none."""
    if settings.llm_provider:
        return settings.llm_provider
    keyed = next((name for name in KEYS if _key(name, settings)), None)
    return keyed or ("ollama" if settings.ollama_host else "openai" if settings.llm_base_url else None)


def embedder(settings=None):
    """The `Provider` of embeddings, None where the environment names none or its provider has none."""
    settings = settings or environment()
    name = usual_provider(settings)
    model = name and models(settings.llm_models)[name].get(EMBEDDING)
    if not model:
        return None
    return Provider(name, _address(name, name, settings), model, _key(name, settings), seconds=settings.llm_seconds)


def the_model(name, model, settings=None):
    """Id of a model: what an alias means at provider `name`, any other word as it is. Raises StudiolabError."""
    if model not in ALIASES:
        return model
    table = models((settings or environment()).llm_models)
    found = table[name].get(model)
    if not found:
        raise StudiolabError(f"{name} has no model called {model!r}; write one into the file that LLM_MODELS names")
    return found


@cache
def models(path=None):
    """dict of provider to dict of alias to model id, of the file that comes along and, over it, the one at `path`.

    Raises StudiolabError naming the file and what is wrong with it.
    """
    found = _read(SHIPPED)
    for name, given in (_read(path) if path else {}).items():
        found[name] = found[name] | given
    return found


def _read(path):
    try:
        given = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise StudiolabError(f"the language models of {path} cannot be read: {said}") from None
    right = isinstance(given, dict) and all(
        name in PROVIDERS and isinstance(own, dict) and all(
            alias in (*ALIASES, EMBEDDING) and isinstance(model, str) for alias, model in own.items())
        for name, own in given.items())  # fmt: skip
    if not right:
        named = ", ".join((*ALIASES, EMBEDDING))
        raise StudiolabError(f"the language models of {path}: expected a provider ({', '.join(PROVIDERS)}) and below "
                             f"it a name for each of {named}, as in {SHIPPED.name}")  # fmt: skip
    return given


def _key(name, settings):
    return getattr(settings, f"{name}_api_key").get_secret_value().strip() if name in KEYS else ""


def _address(name, usual, settings):
    """LLM_BASE_URL stands for the usual provider alone: another one's key is not sent there."""
    given = settings.llm_base_url if name == usual else ""
    return given or ADDRESSES.get(name) or _ollama(settings.ollama_host)


def _ollama(host):
    """Address of the OpenAI-compatible part of OLLAMA_HOST, which may be a name, a port, or a whole address."""
    parts = urlsplit(host if "://" in host else f"http://{host}")
    name = parts.hostname or "127.0.0.1"
    name = "127.0.0.1" if name == "0.0.0.0" else f"[{name}]" if ":" in name else name
    port = parts.port or (443 if parts.scheme == "https" else OLLAMA_PORT)
    return f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}/v1"
