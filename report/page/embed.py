"""Combines the page of `firstspike report`: its sources and Chart.js, as one C++ source file.

usage: embed.py CHART_JS LICENSE_OF_IT VERSION OUT.cpp, with page.html and what it embeds beside this file
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
PIECE = 8000  # the length of a string literal is limited


def library(path, copyright_file):
    """Chart.js with its license, without its source map, which is not available to readers of the page."""
    text = re.sub(r"\n?//# sourceMappingURL=\S*", "", path.read_text())
    terms = copyright_file.read_text().split("License: Expat\n")[-1].rstrip()
    terms = "\n".join(" * " + line.strip().strip(".") if line.strip() == "." else " * " + line.strip() for line in terms.splitlines())
    assert "Permission is hereby granted" in terms and "*/" not in terms, f"{copyright_file}: no Expat license in it"
    return f"/*! Chart.js, under the Expat (MIT) license:\n{terms}\n */\n{text}"


def page(chart_js, copyright_file):
    """page.html with every @EMBED NAME@ replaced by that file."""
    def embedded(found):
        name = found.group(1)
        text = library(chart_js, copyright_file) if name == "chart.js" else (HERE / name).read_text()
        assert "</script" not in text and "</style" not in text, f"{name} would end its element"
        return text.rstrip("\n")
    return re.sub(r"@EMBED ([\w.]+)@", embedded, (HERE / "page.html").read_text())


def literal(text):
    """A C++ expression for the text, as adjacent string literals."""
    assert ')page"' not in text
    pieces = [text[k:k + PIECE] for k in range(0, len(text), PIECE)]
    return "\n".join(f'R"page({piece})page"' for piece in pieces)


def main(chart_js, copyright_file, version, out):
    text = page(pathlib.Path(chart_js), pathlib.Path(copyright_file))
    parts = re.split("@TITLE@|@DATA@", text)
    assert len(parts) == 3, "page.html holds @TITLE@ and @DATA@ once each"
    names = ["before_title", "before_data", "after_data"]
    source = '#include "firstspike/report/page.hpp"\n\nnamespace firstspike {\nnamespace {\n\n'
    for name, part in zip(names, parts):
        source += f"constexpr std::string_view {name} =\n{literal(part)};\n\n"
    source += "}  // namespace\n\npage_template empty_page() { return {" + ", ".join(names) + f', "{version}"' + "}; }\n\n}  // namespace firstspike\n"
    pathlib.Path(out).write_text(source)


if __name__ == "__main__":
    main(*sys.argv[1:])
