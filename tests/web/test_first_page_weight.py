"""The first page on a slow line: what it weighs with all that it loads, and from where."""

import gzip
import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.web.phone import Phone

MOST = 30_000


def loaded(html: str) -> list[str]:
    """The addresses that a browser fetches to show the page."""
    tags = re.findall(r"<(?:link|script|img|source|iframe|object|video|audio)\b[^>]*>", html)
    found = (re.search(r"\s(?:href|src|srcset|data)=\"([^\"]+)\"", tag) for tag in tags)
    return [unescape(one[1]) for one in found if one]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_first_page_weighs_at_most_30_kb_compressed(phone: Phone, lang: str) -> None:
    """The page itself as a proxy sends it: see "compress" in docs/operations.md for why not we."""
    phone.open(f"{phone.path}?lang={lang}")
    weights = {"page": len(gzip.compress(phone.html.encode(), 5))}
    for address in loaded(phone.html):
        answer = phone.client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, address
        assert answer.headers.get("Content-Encoding") == "gzip", address
        weights[address] = len(answer.data)
    print(weights)
    assert {urlsplit(one).path for one in weights} >= {"/static/patient.css", "/static/patient.js"}
    assert sum(weights.values()) <= MOST, weights


def test_nothing_is_loaded_from_another_host(phone: Phone) -> None:
    addresses = loaded(phone.html)
    assert len(addresses) >= 3
    styles = "".join(re.findall(r"<style>(.*?)</style>", phone.html, re.S))
    for address in addresses:
        assert not urlsplit(address).netloc and address.startswith("/static/"), address
        text = phone.client.get(address).get_data(as_text=True)
        styles += text if ".css" in address else ""
        if ".js" in address:
            assert not re.search(r"[\"'`](?:https?:)?//", text), address
    assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", styles)
    assert not re.search(r"rel=\"(?:preconnect|dns-prefetch|preload)", phone.html)


def test_the_policy_lets_a_browser_ask_nobody_else(phone: Phone) -> None:
    assert phone.answer is not None
    policy = phone.answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"\*|https?:|//", policy)


def test_pages_with_a_token_are_not_compressed_by_us(phone: Phone) -> None:
    """What a page repeats of its reader beside a secret would let its length tell the secret."""
    answer = phone.client.get(phone.path, headers={"Accept-Encoding": "gzip"})
    assert 'name="csrf_token"' in answer.text
    assert "Content-Encoding" not in answer.headers
