# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.html: complete without its script, nothing from outside, nothing from hosts becomes markup."""

from __future__ import annotations

import base64
import collections
import hashlib
import html.parser
import re
import typing as t
from xml.etree import ElementTree

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_html import render_html
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import (
    overview_samples,
    report_samples,
)

VOID = {"meta", "input", "br", "rect"}
OUTSIDE = {"src", "srcset", "href", "action", "data", "poster", "background", "style"}
UNSAFE_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
FOREIGN = {"img", "iframe", "object", "embed", "link", "base", "form"}
SHAPES = {"svg", "title", "desc", "g", "text", "rect", "line", "path", "circle"}
SHOWN_AS_THEY_ARE = [text for text in report_samples.HOSTILE if 0 < len(text) < 200 and text.isprintable()]


class Page(html.parser.HTMLParser):
    """The elements of a page; `problems` holds tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.problems: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = collections.defaultdict(str)
        self.source = text
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.problems.append("%s at line %d" % (tag, self.getpos()[0]))

    def handle_data(self, data: str) -> None:
        self.texts[self.open[-1] if self.open else ""] += data

    def named(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, attribute: str) -> list[str]:
        """Return an attribute's values over the page."""
        return [attributes[attribute] for _name, attributes in self.elements if attribute in attributes]


DOCUMENTS: dict[str, t.Callable[[], dict[str, t.Any]]] = {
    "healthy": lambda: report_samples.recorded("healthy"),
    "three_hosts": lambda: report_samples.recorded("three_hosts"),
    "fleet": lambda: report_samples.fleet(120),
    "hostile": report_samples.hostile,
}


@pytest.fixture(scope="module", params=DOCUMENTS)
def page(request: pytest.FixtureRequest) -> Page:
    """Return the page of each sample."""
    return Page(render_html(DOCUMENTS[request.param]()))


def test_elements_are_closed_in_order(page: Page) -> None:
    assert (page.problems, page.open) == ([], [])


def test_ids_are_safe_and_unique_and_links_stay_on_the_page(page: Page) -> None:
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch("[a-z][a-z0-9-]*", value) for value in ids)
    assert {link[1:] for link in page.values("href")} <= set(ids)


def test_nothing_comes_from_outside_or_runs(page: Page) -> None:
    assert not FOREIGN & {tag for tag, _attributes in page.elements}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert not (OUTSIDE - {"href"}) & set(attributes)
        assert tag == "a" or "href" not in attributes
        assert attributes.get("href", "#").startswith("#")
    assert len(page.named("script")) == len(page.named("style")) == 1


def test_drawings_are_well_formed_and_say_what_they_show(page: Page) -> None:
    for drawing in re.findall("<svg.*?</svg>", page.source, re.DOTALL):
        root = ElementTree.fromstring(drawing)
        assert {element.tag for element in root.iter()} <= SHAPES
        if "aria-labelledby" in root.attrib:
            assert [child.tag for child in root[:2]] == ["title", "desc"]
            assert all(child.text for child in root[:2])


def test_policy_allows_only_the_own_style_and_script(page: Page) -> None:
    policy = next(meta["content"] for meta in page.named("meta") if "http-equiv" in meta)
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.texts[kind].encode()).digest()).decode()
        assert "%s-src 'sha256-%s'" % (kind, digest) in policy
    assert policy.startswith("default-src 'none'")


def test_text_holds_no_control_or_invisible_characters(page: Page) -> None:
    for text in [*page.texts.values(), *(value for _tag, attributes in page.elements for value in attributes.values())]:
        assert not UNSAFE_TEXT.search(text)


def test_landmarks_headings_and_tables_are_accessible(page: Page) -> None:
    assert page.named("html") == [{"lang": "en"}]
    assert all(len(page.named(tag)) == 1 for tag in ("header", "nav", "main", "footer", "h1"))
    assert all(attributes.get("scope") == "col" for attributes in page.named("th"))
    assert all("aria-labelledby" in attributes for attributes in page.named("section"))
    assert all(attributes["role"] == "img" for attributes in page.named("svg"))
    assert all(attributes.get("aria-label") or "aria-labelledby" in attributes for attributes in page.named("svg"))
    named_by = [name for value in page.values("aria-labelledby") for name in value.split()]
    assert set(named_by) <= set(page.values("id"))
    levels = [int(tag[1]) for tag, _attributes in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("text", SHOWN_AS_THEY_ARE)
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    document = report_samples.recorded("three_hosts")
    document["findings"][0].update(observed=text, title=text)
    shown = Page(render_html(document)).texts
    assert text.strip() in shown["code"] + shown["h3"]


def test_one_entry_for_a_rule_whatever_the_number_of_hosts() -> None:
    text = render_html(report_samples.fleet(300))
    assert text.count("The kernel waits this long before") == 1
    assert text.count("net.ipv4.tcp_keepalive_time = 60\n") == 1
    assert "296 hosts" in text


def test_everything_of_the_document_has_its_place() -> None:
    text = render_html(report_samples.recorded("three_hosts"))
    for wanted in (
        "Root cause confirmed: sshd drops unauthenticated connections (MaxStartups), on db1 (and 1 more).",
        "conclusive",
        "kex_exchange_identification: read: Connection reset by peer",
        "net.core.somaxconn = 4096",
        "7200 s (2 h)",
        "at most 120 s",
        "ssh: connect to host 10.20.1.12 port 22: Connection timed out",
        "process owners",
        "hardening guide of the bank, change CHG-4711",
        "2027-01-31",
        "peer_firewall was not gathered",
        "Debian GNU/Linux 12",
    ):
        assert wanted in text


def test_notes_of_the_run_are_shown() -> None:
    document = {**report_samples.recorded("healthy"), "warnings": ["The waiver of x has no effect."]}
    assert "Note: The waiver of x has no effect." in render_html(document)


@pytest.mark.parametrize("text", SHOWN_AS_THEY_ARE)
@pytest.mark.parametrize("key", ["connectivity", "timeouts", "unguarded", "reset_sources", "timeline", "counters"])
def test_hostile_text_of_tables_is_shown_as_it_is(key: str, text: str) -> None:
    document = report_samples.recorded("healthy")
    document[key] = overview_samples.tables(["web1", "web2"], text)[key]
    shown = Page(render_html(document)).texts
    assert text.strip()[:40] in shown["td"] + shown["code"] + shown["title"]


def test_long_tables_are_cut_and_say_so() -> None:
    text = render_html(report_samples.fleet(300))
    assert text.count("<td") < 40_000
    assert "And 1460 more: see report.json, which holds 600." in text


@pytest.mark.parametrize("text", SHOWN_AS_THEY_ARE)
def test_hostile_text_of_paths_is_shown_as_it_is(text: str) -> None:
    document = report_samples.recorded("three_hosts")
    document["paths"] = overview_samples.tables([text, "db1"], text)["paths"]
    shown = Page(render_html(document)).texts
    assert text.strip()[:30] in shown["text"]
    assert text.strip() in shown["desc"]
