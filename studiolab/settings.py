"""What the environment says, read once."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every variable the workbench reads; names are case-insensitive, an empty value counts as unset."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    home: Path = Field(PROJECT, validation_alias="STUDIOLAB_HOME")
    database_url: str = Field("", validation_alias="DATABASE_URL")
    redis_url: SecretStr | None = Field(None, validation_alias="REDIS_URL")
    token: str | None = Field(None, validation_alias="STUDIOLAB_TOKEN", min_length=16)
    admin: str | None = Field(None, validation_alias="CLASS_APP_ADMIN")
    admin_password: SecretStr | None = Field(None, validation_alias="CLASS_APP_PASSWORD")
    schedule: Path | None = Field(None, validation_alias="CLASS_SCHEDULE_PATH")
    hyper_parameters: Path | None = Field(None, validation_alias="STUDIOLAB_MODEL_CONFIG")
    tracking_uri: str = Field("", validation_alias="MLFLOW_TRACKING_URI")
    smtp_host: str | None = Field(None, validation_alias="SMTP_HOST")
    smtp_port: int = Field(587, validation_alias="SMTP_PORT", ge=1, le=65535)
    smtp_user: str | None = Field(None, validation_alias="SMTP_USER")
    smtp_password: SecretStr | None = Field(None, validation_alias="SMTP_PASSWORD")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", validation_alias="SMTP_SECURITY")
    mail_from: str | None = Field(None, validation_alias="MAIL_FROM")
    slack_webhook_url: SecretStr | None = Field(None, validation_alias="SLACK_WEBHOOK_URL")
    contact_rules: str = Field(
        "", validation_alias="STUDIOLAB_CONTACT_RULES", description="JSON of the arbiter's Rules"
    )
    whatsapp_app_id: str = Field("", validation_alias="WHATSAPP_APP_ID")
    whatsapp_app_secret: SecretStr = Field(
        SecretStr(""), validation_alias="WHATSAPP_APP_SECRET", description="signs what Meta sends"
    )
    whatsapp_verify_token: SecretStr = Field(SecretStr(""), validation_alias="WHATSAPP_VERIFY_TOKEN")
    instagram_app_secret: SecretStr = Field(
        SecretStr(""), validation_alias="INSTAGRAM_APP_SECRET", description="WhatsApp's by default"
    )
    instagram_verify_token: SecretStr = Field(
        SecretStr(""), validation_alias="INSTAGRAM_VERIFY_TOKEN", description="WhatsApp's by default"
    )
    meta_graph_url: str = Field("", validation_alias="META_GRAPH_URL", description="of another version, or a proxy")
    twilio_account_sid: str = Field("", validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN", description="signs what Twilio sends"
    )
    twilio_url: str = Field("", validation_alias="TWILIO_API_URL", description="of another region")
    google_client_id: str = Field("", validation_alias="GOOGLE_CLIENT_ID", description="of an app, for Gmail")
    google_client_secret: SecretStr = Field(SecretStr(""), validation_alias="GOOGLE_CLIENT_SECRET")
    google_topic: str = Field("", validation_alias="GOOGLE_PUBSUB_TOPIC", description="that tells of new mail")
    google_url: str = Field("", validation_alias="GOOGLE_URL", description="of a server in place of Google's")
    public_host: str = Field(
        "", validation_alias="STUDIOLAB_PUBLIC_HOST", description="the name under which channels reach the webhooks"
    )
    sync_seconds: float = Field(
        60, validation_alias="STUDIOLAB_SYNC_SECONDS", ge=0, le=86_400,
        description="between two looks into a mailbox; 0: only when somebody asks",
    )  # fmt: skip
    log_level: str = Field("INFO", validation_alias="LOG_LEVEL")
    dashboards_port: int = Field(8765, validation_alias="STUDIOLAB_DASHBOARDS_PORT", ge=1, le=65535)
    lab_port: int = Field(8766, validation_alias="STUDIOLAB_LAB_PORT", ge=1, le=65535)
    api_port: int = Field(8767, validation_alias="STUDIOLAB_API_PORT", ge=1, le=65535)

    llm_provider: Literal["openai", "anthropic", "gemini", "ollama"] | None = Field(
        None, validation_alias="LLM_PROVIDER", description="whichever key is set by default"
    )
    openai_api_key: SecretStr = Field(SecretStr(""), validation_alias="OPENAI_API_KEY")
    anthropic_api_key: SecretStr = Field(SecretStr(""), validation_alias="ANTHROPIC_API_KEY")
    gemini_api_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("GEMINI_API_KEY", "GOOGLE_API_KEY"), description="or Google's name"
    )
    ollama_host: str = Field("", validation_alias="OLLAMA_HOST", description="as Ollama itself takes it")
    llm_base_url: str = Field("", validation_alias="LLM_BASE_URL", description="instead of the provider's own address")
    llm_model: str = Field("", validation_alias="LLM_MODEL", description="instead of each agent's own model")
    llm_models: Path | None = Field(
        None, validation_alias="LLM_MODELS", description="YAML of what the models' aliases mean"
    )
    llm_seconds: float = Field(
        20, validation_alias="LLM_SECONDS", gt=0, le=600, description="for a whole answer, with retries and repair"
    )

    def environment(self):
        """dict of the variables that say all this to another process."""

        def text(value):
            return "" if value is None else value.get_secret_value() if isinstance(value, SecretStr) else str(value)

        def variable(field):
            alias = field.validation_alias
            return alias.choices[0] if isinstance(alias, AliasChoices) else alias

        return {variable(field): text(getattr(self, name)) for name, field in type(self).model_fields.items()}

    @property
    def database(self):
        """SQLAlchemy URL: `DATABASE_URL`, or the file data/studiolab.sqlite under home."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'data' / 'studiolab.sqlite'}"

    @property
    def tracking(self):
        """MLflow's store: `MLFLOW_TRACKING_URI`, or the file data/mlflow.sqlite under home."""
        return self.tracking_uri or f"sqlite:///{self.home.resolve() / 'data' / 'mlflow.sqlite'}"


@cache
def settings():
    """The `Settings` of this process; raises pydantic's ValidationError, which names the variable at fault."""
    return Settings()
