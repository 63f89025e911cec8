"""Sphinx, for docs/build."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "tools"))
import contracts  # noqa: E402

project = "librnn"
version = release = contracts.generate.version((HERE.parent / "include" / "rnn.h").read_text(),
                                               (HERE.parent / "CMakeLists.txt").read_text())[0]
copyright = "the authors of librnn, MIT licence"
extensions = ["myst_parser", "sphinx_design", "rnn_sphinx"]
exclude_patterns = ["tools", "requirements.txt"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
html_math_renderer = "mathml"
c_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
highlight_language = "none"

smartquotes = False  # "RNN_CELL_..." stays as it is
html_theme = "furo"
html_title = f"librnn {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["gradient.js"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
