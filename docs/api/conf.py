"""Settings of Sphinx for the API reference, which build.py builds."""

import firstspike

project = "firstspike"
version = release = firstspike.__version__
extensions = ["breathe", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_google_docstring = False
# Types are prose, such as "array [sample, neuron]", and no names to look up.
napoleon_use_ivar = True
napoleon_use_param = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
breathe_default_project = "firstspike"
# Every header declares the same namespace.
suppress_warnings = ["duplicate_declaration.cpp"]
html_theme = "alabaster"
