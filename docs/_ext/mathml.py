"""Formulas as MathML, which browsers draw themselves: the site needs no script from elsewhere, and can be read offline."""

from __future__ import annotations

import latex2mathml.converter
from docutils import nodes

# What the converter draws too plainly, or too closely.
BETTER = {r"\mathcal N": "𝒩", r"\mathbb E": "𝔼", r"\log ": r"\log\, ", r"\exp ": r"\exp\, "}


def mathml(formula: str, display: str) -> str:
    for plain, better in BETTER.items():
        formula = formula.replace(plain, better)
    return latex2mathml.converter.convert(formula, display=display)


def inline(translator, node) -> None:
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def block(translator, node) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body.append(mathml(node.astext(), "block"))
    translator.body.append("</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
