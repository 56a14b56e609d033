"""Styles, scripts and icons: read once, compressed once, addressed by their content."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from flask import Flask, Response, abort, request

FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    body: bytes
    packed: bytes
    version: str
    kind: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file by its name."""
    return dict(_walk(files("reporter.web") / "static", ""))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, _asset(entry)))
    return found


def _asset(entry: Traversable) -> Asset:
    body = entry.read_bytes()
    kind = mimetypes.guess_type(entry.name)[0] or "application/octet-stream"
    version = hashlib.sha256(body).hexdigest()[:12]
    return Asset(body, gzip.compress(body, 9, mtime=0), version, kind)


def serve(filename: str) -> Response:
    """One file; for ever when it was asked for by the version that it has."""
    asset = assets().get(filename)
    if asset is None:
        abort(404)
    packed = request.accept_encodings["gzip"] > 0 and len(asset.packed) < len(asset.body)
    answer = Response(asset.packed if packed else asset.body, content_type=_typed(asset.kind))
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    fresh = request.args.get("v") == asset.version
    answer.headers["Cache-Control"] = FOR_EVER if fresh else "no-cache"
    return answer


def address(name: str) -> str:
    """As `url_for('static', filename=name)` says it, in a tenth of the time."""
    return f"{request.script_root}/static/{name}?v={assets()[name].version}"


def _typed(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or "script" in kind else kind


def add_to(app: Flask) -> None:
    """Serve them as Flask's own `static`, with the content's version in each address."""
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)

    app.jinja_env.globals["asset"] = address

    @app.url_defaults
    def with_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and values.get("filename") in assets():
            values.setdefault("v", assets()[values["filename"]].version)
