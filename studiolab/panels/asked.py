"""What the address of a dashboard asks for: `?studio=…`."""

import os
from urllib.parse import parse_qs


def asked(name):
    """Value of `name` in the page's query string, or None.

    Under Voilà's preheated kernels the first call waits for the request, so do all slow work before it.
    """
    query = os.environ.get("QUERY_STRING")
    if query is None and "VOILA_PREHEAT" in os.environ:
        from voila.utils import get_query_string

        query = get_query_string()
    return parse_qs(query or "").get(name, [None])[0]
