"""Settings of Sphinx for the API reference; build.py calls it."""
project = "firstspike"
extensions = ["breathe", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
breathe_default_project = "firstspike"
napoleon_google_docstring = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings state types, shapes and units
# Every header declares the same namespace.
suppress_warnings = ["duplicate_declaration.cpp"]
