"""Behind a reverse proxy: whose address and scheme a request really has."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def trust(app: Flask, proxies: int) -> None:
    """Believe the last `proxies` entries of X-Forwarded-For and -Proto, and no other header.

    With none, none is believed: anybody can write such a header.
    """
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0
        )
