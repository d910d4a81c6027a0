"""The documentation site: `cluster/local.sh docs` builds it.

Sphinx with MyST reads the Markdown pages as they are, checks every link between them, and documents Python from its
docstrings; MyST-NB runs the tutorials. Furo is the theme: maintained, and readable on a narrow screen.
"""

import os
import pathlib
import sys

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here / "_ext"))

project = "gmmvi"
author = "the authors of gmmvi-mpi"
html_title = "gmmvi"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "from_program",
    "mathml",
    "repository_links",
]
exclude_patterns = ["_*", "requirements.txt"]
nitpicky = False  # of type names in Python signatures; links between pages are checked all the same

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "attrs_inline", "substitution"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a page may begin with the second level, where a marker comes first

# Tutorials are Markdown with code cells, which have no outputs by nature: they are run for the site.
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_show_tb = True
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autoclass_content = "class"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False

html_theme = "furo"
html_static_path = ["_static"]
html_extra_path = [path for path in [os.environ.get("GMMVI_DOCS_EXTRA", "")] if path]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
highlight_language = "none"
html_math_renderer = "mathml"
smartquotes_action = "D"
toc_object_entries = False
pygments_style = "friendly"
copybutton_exclude = ".linenos, .gp, .go"

linkcheck_anchors = True


def keep_colons(app, what, name, item, options, lines) -> None:
    """Napoleon would take what stands before a colon in the first line of a property for its type."""
    if what == "property":
        lines.insert(0, "")


def setup(app):
    app.connect("autodoc-process-docstring", keep_colons, priority=100)
