"""Under which names the API may be asked: this machine's, and for what channels call, the public one too.

A name from outside that is pointed at this machine must not open it (DNS rebinding); a proxy under the public name
brings webhooks here, and nothing else.
"""

from starlette.middleware.trustedhost import TrustedHostMiddleware

HOSTS = ["127.0.0.1", "localhost"]
PUBLIC_PATHS = ("/api/integrations/webhook/", "/api/integrations/callback/")


class KnownHosts:
    """ASGI middleware. public : STUDIOLAB_PUBLIC_HOST, empty where there is none"""

    def __init__(self, app, public=""):
        self._here = TrustedHostMiddleware(app, allowed_hosts=HOSTS)
        self._public = TrustedHostMiddleware(app, allowed_hosts=[*HOSTS, public.partition(":")[0]] if public else HOSTS)

    async def __call__(self, scope, receive, send):
        """Refuse with 400 what comes under another name."""
        is_public = scope.get("path", "").startswith(PUBLIC_PATHS)
        await (self._public if is_public else self._here)(scope, receive, send)
