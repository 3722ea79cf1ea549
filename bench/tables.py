"""Puts the tables that scripts print into bench/README.md."""
import pathlib

README = pathlib.Path(__file__).resolve().parent / "README.md"


def write_between(begin, end, text):
    """Replaces what stands between two markers of README."""
    content = README.read_text()
    before, found, rest = content.partition(begin)
    if not found or end not in rest:
        raise SystemExit(f"{README}: no markers '{begin.strip()}' and '{end.strip()}'")
    README.write_text(before + begin + text + end + rest.split(end, 1)[1])
