"""What every answer carries: nothing from elsewhere is loaded, and nothing leaks to elsewhere."""

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    # same-origin and not no-referrer: Flask-WTF refuses a POST over TLS that has no referrer.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "X-Robots-Tag": "noindex, nofollow",
}


def add_to(app: Flask) -> None:
    secure = app.extensions["reporter"].settings.secure

    @app.after_request
    def with_headers(answer: Response) -> Response:
        brand = g.get("brand")
        style = f"'self' {brand.source}" if brand else "'self'"
        answer.headers.setdefault("Content-Security-Policy", POLICY.format(style=style))
        if request.path.startswith(("/r/", "/welcome/")):
            # This address holds a person's own link: not even our own pages are told of it.
            answer.headers["Referrer-Policy"] = "no-referrer"
        for name, value in ALWAYS.items():
            answer.headers.setdefault(name, value)
        if request.endpoint != "static":
            answer.headers.setdefault("Cache-Control", "no-store")
        if secure:
            answer.headers.setdefault("Strict-Transport-Security", "max-age=63072000")
        return answer
