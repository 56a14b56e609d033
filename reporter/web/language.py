"""Which language a page speaks, and how large its text is: two cookies and nothing stored."""

from babel import Locale
from flask import Response, current_app, g, has_request_context, make_response, redirect, request
from flask.typing import ResponseReturnValue

LANGUAGES = ("en", "es")
# Parsed once: flask-babel would parse the name anew for every page.
LOCALES = {name: Locale.parse(name) for name in LANGUAGES}
YEAR = 365 * 24 * 60 * 60


def cookie_name(name: str) -> str:
    """Over TLS with the prefix that no other host or path can set (RFC 6265bis)."""
    return f"__Host-{name}" if current_app.extensions["reporter"].settings.secure else name


def set_cookie(answer: Response, name: str, value: str, max_age: int) -> None:
    answer.set_cookie(
        cookie_name(name),
        value,
        max_age=max_age,
        path="/",
        secure=current_app.extensions["reporter"].settings.secure,
        httponly=True,
        samesite="Lax",
    )


def asked() -> str:
    """The language that the address itself asks for, else nothing."""
    lang = request.args.get("lang", "")
    return lang if lang in LANGUAGES else ""


def choose(preferred: str = "") -> str:
    """What the reader chose, else the patient's language, else the browser's."""
    chosen = request.cookies.get(cookie_name("language"), "")
    if chosen in LANGUAGES:
        return chosen
    return preferred if preferred in LANGUAGES else _of_browser()


def _of_browser() -> str:
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"


def current() -> Locale:
    """For flask-babel; pages that set no language are the staff's, in English."""
    return LOCALES[g.get("language", "en") if has_request_context() else "en"]


def text_size() -> str:
    return "large" if request.cookies.get(cookie_name("text")) == "large" else ""


def enlarge(answer: Response) -> None:
    """Large text from the next page on; whoever chose a size keeps that."""
    if cookie_name("text") not in request.cookies:
        set_cookie(answer, "text", "large", YEAR)


def switched() -> ResponseReturnValue | None:
    """`?lang=es` and `?text=large` remember a choice and lead back to the same page."""
    lang, text = request.args.get("lang"), request.args.get("text")
    if request.method != "GET" or (lang is None and text is None):
        return None
    answer = make_response(redirect(request.path, 303))
    if lang in LANGUAGES:
        set_cookie(answer, "language", lang, YEAR)
    if text in {"large", "usual"}:
        set_cookie(answer, "text", text, YEAR)
    return answer
