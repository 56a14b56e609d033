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
        given = {"Content-Security-Policy": POLICY.format(style=style), **ALWAYS}
        if request.path.startswith(("/r/", "/welcome/")):
            # This address holds a person's own link: not even our own pages are told of it.
            answer.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint != "static":
            given["Cache-Control"] = "no-store"
        if secure:
            given["Strict-Transport-Security"] = "max-age=63072000"
        # Looked through once: `setdefault` walks through all of them for each name.
        set_before = {name.lower() for name, _ in answer.headers}
        for name, value in given.items():
            if name.lower() not in set_before:
                answer.headers.add(name, value)
        return answer
