"""Formulas as MathML, which browsers draw themselves: the site needs no script from elsewhere, and can be read offline."""

from __future__ import annotations

import latex2mathml.converter
from docutils import nodes


def inline(translator, node) -> None:
    translator.body.append(latex2mathml.converter.convert(node.astext()))
    raise nodes.SkipNode


def block(translator, node) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body.append(latex2mathml.converter.convert(node.astext(), display="block"))
    translator.body.append("</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
