"""Which language model serves which agent: the one table of providers, agents and model names."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from studiolab.settings import settings as environment

# Names that a provider keeps pointing at its present model where it has such; `LLM_MODEL` replaces all of them.
MODELS = {
    "openai": {"small": "gpt-4o-mini", "large": "gpt-4o"},
    "anthropic": {"small": "claude-haiku-4-5", "large": "claude-sonnet-4-6"},
    "gemini": {"small": "gemini-flash-lite-latest", "large": "gemini-flash-latest"},
    "ollama": {"small": "llama3.2", "large": "llama3.1"},
}
ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
}
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "gemini": "GEMINI_API_KEY"}
AGENTS = {  # D-14: the size of the model, and how many tokens an answer may have
    "smart_reply": ("small", 2_000),
    "lead_scoring": ("small", 2_000),
    "conversation_analysis": ("small", 4_000),
    "scheduling": ("large", 8_000),
    "class_concierge": ("large", 8_000),
    "plan_advisor": ("small", 1_000),
    "insights_writer": ("large", 8_000),
}
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


def provider(agent, settings=None):
    """The `Provider` of an agent, None where the environment names none.

    agent : of AGENTS; settings : the process's own by default
    """
    settings = settings or environment()
    size, max_tokens = AGENTS[agent]
    keys = {name: getattr(settings, f"{name}_api_key").get_secret_value().strip() for name in KEYS}
    name = settings.llm_provider or next((name for name, key in keys.items() if key), None)
    if name is None and settings.ollama_host:
        name = "ollama"
    if name is None and settings.llm_base_url:
        name = "openai"
    if name is None:
        return None
    address = settings.llm_base_url or ADDRESSES.get(name) or _ollama(settings.ollama_host)
    return Provider(name, address, settings.llm_model or MODELS[name][size], keys.get(name, ""), None, max_tokens,
                    settings.llm_seconds)  # fmt: skip


def _ollama(host):
    """Address of the OpenAI-compatible part of OLLAMA_HOST, which may be a name, a port, or a whole address."""
    parts = urlsplit(host if "://" in host else f"http://{host}")
    name = parts.hostname or "127.0.0.1"
    name = "127.0.0.1" if name == "0.0.0.0" else f"[{name}]" if ":" in name else name
    port = parts.port or (443 if parts.scheme == "https" else OLLAMA_PORT)
    return f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}/v1"
