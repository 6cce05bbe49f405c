"""HTML stripping: finds markup in a text and what replaces it, and keeps offsets.

Only names that HTML gives to elements make a tag, so that "<3", "a < b" and "<EMAIL_ADDRESS>" stay
what they are. One pass, in time linear in the text, whatever the text: no parser is fooled into
quadratic work, and offsets stay known.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from models.text.alignment import Edit

# https://html.spec.whatwg.org/multipage/indices.html#elements-3, and the obsolete ones that old
# reviews hold.
INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del",
        "dfn", "em", "font", "i",
        "input", "ins", "kbd", "label", "mark", "meter", "nobr", "output", "progress", "q", "rb",
        "rp", "rt", "ruby", "s",
        "samp", "select", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
        "var", "wbr",
    }
)  # fmt: skip
BLOCK = frozenset(
    {
        "address", "applet", "area", "article", "aside", "audio", "base", "basefont", "blockquote",
        "body", "br", "canvas",
        "caption", "center", "col", "colgroup", "datalist", "dd", "details", "dialog", "dir", "div",
        "dl", "dt", "embed",
        "fieldset", "figcaption", "figure", "footer", "form", "frame", "frameset", "h1", "h2", "h3",
        "h4", "h5", "h6",
        "head", "header", "hgroup", "hr", "html", "iframe", "img", "legend", "li", "link", "main",
        "map", "menu", "meta",
        "nav", "noframes", "noscript", "object", "ol", "optgroup", "option", "p", "param",
        "picture", "pre", "script",
        "search", "section", "slot", "source", "style", "summary", "svg", "table", "tbody", "td",
        "template", "textarea",
        "tfoot", "th", "thead", "title", "tr", "track", "ul", "video",
    }
)  # fmt: skip
SILENT = frozenset(("script", "style"))
APART = frozenset({"a", "button", "input", "label", "meter", "output", "progress", "select"})
"""Inline elements that hold something whole: what stands beside one does not go on in it."""
ADDRESS = re.compile(r"(?:[^\s<>@]|</?[a-zA-Z][^<>]{0,99}>)*@")
"""An address goes on, which no tag parts: "jane.<b>Roe</b>@example.com"."""
MORE_TAGS = re.compile(r"(?:</?[a-zA-Z][^<>]{0,99}>){0,8}")
NEAR = 128
"""Characters in which the end of such an address, or of several tags, is looked for."""
# That all begin with the same character makes this several times as fast.
MARK = re.compile(
    r"<(?:!--|!doctype[^<>]*>|(/?)([a-zA-Z][a-zA-Z0-9]*)(?:[\s/][^<>]*)?>)", re.IGNORECASE
)
COMMENT_END = "-->"
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def tags(text: str) -> Iterator[Edit]:
    """Markup vanishes; what ends a line or a block leaves a space; comments, scripts and styles go
    with their content.
    """
    if "<" not in text:
        return
    hidden: tuple[str, int] | None = None  # a script or a style, and where it began
    shown = 0  # where the last comment ended
    last_end = text.rfind(COMMENT_END) + len(
        COMMENT_END
    )  # so that no search goes far beyond, however many comments begin
    for match in MARK.finditer(text):
        start, whole, closing, name = match.start(), match[0], match[1], (match[2] or "").lower()
        if start < shown:
            continue
        if hidden is not None:
            if closing and name == hidden[0]:
                yield Edit(hidden[1], match.end(), " ")
                hidden = None
        elif whole == "<!--":
            end = text.find(COMMENT_END, match.end(), last_end)
            if end >= 0:
                shown = end + len(COMMENT_END)
                yield Edit(start, shown, " ")
        elif name in SILENT and not closing:
            hidden = name, start
        elif name in INLINE:
            yield Edit(start, match.end(), " " if _parts(text, match, name) else "")
        elif name in BLOCK or whole[:2] == "<!":
            yield Edit(start, match.end(), " ")
    # A comment or script that never ends hides nothing: better to keep markup than to lose a
    # review.


def _parts(text: str, tag: re.Match[str], name: str) -> bool:
    """Whether two words meet at an inline tag, and not the parts of one: "un<b>believ</b>able" is
    one word, "<b>Pros</b>Great", "<i>Great</i><i>phone</i>" and "jane@example.com</a>Thanks" are
    two each."""
    start, end = tag.span()
    before = text[max(0, start - 3) : start]
    if before[-1:] in {"", " ", ">"}:
        return False
    more = MORE_TAGS.match(text, end, end + NEAR)
    behind = text[more.end() : more.end() + 2] if more else ""
    if not behind[:1].isalnum() or (
        text.find("@", end, end + NEAR) >= 0 and ADDRESS.match(text, end, end + NEAR)
    ):
        return False
    if before[-1].isalnum() and (
        name in APART or (tag[1] and more and re.search("<[a-zA-Z]", more[0]))
    ):
        return True
    capital = behind[0].isupper() and not behind[1:].isupper()
    return capital and (before[-1] in ",;:!?" or _ends_a_word(before))


def _ends_a_word(before: str) -> bool:
    """Whether what stands before a tag is a word of its own, as the "i" of "<b>i</b>Phone" is
    not."""
    return len(before) == 3 and before.isalnum() and before[-1].islower()


def entities(text: str) -> Iterator[Edit]:
    """Character references become their characters, once: ``&amp;lt;`` is ``&lt;`` afterwards.
    Unknown ones stay.
    """
    if "&" not in text:
        return
    for match in ENTITY.finditer(text):
        character = html.unescape(match[0])
        if character != match[0]:
            yield Edit(match.start(), match.end(), character)
