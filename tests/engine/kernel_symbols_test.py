"""A library of vector kernels defines nothing but its own namespace. Usage: kernel_symbols_test.py NM LIBRARY...

The linker keeps one copy of a function that several files define. If it were that of vector_kernels.cpp, compiled for
AVX-512, the whole program would need AVX-512.
"""
import re
import subprocess
import sys


def foreign(listing, namespace):
    """The global symbols of `nm -C` that are defined outside of firstspike::namespace."""
    defined = re.findall(r"^[0-9a-f]+ ([A-Zuvw]) (.*)$", listing, re.M)
    return [name for kind, name in defined if kind in "uvwVW" or not name.startswith(f"firstspike::{namespace}::")]


def main():
    example = "0001 R firstspike::avx2::kernels\n0002 W std::vector<int>::size() const\n0003 t local\n                 U sqrt\n"
    assert foreign(example, "avx2") == ["std::vector<int>::size() const"]
    assert foreign(example, "avx512") != foreign(example, "avx2")
    nm, *libraries = sys.argv[1:]
    failures = 0
    for library in libraries:
        namespace = re.search(r"kernels_(\w+)\.a$", library)[1]
        listing = subprocess.run([nm, "-C", library], check=True, capture_output=True, text=True).stdout
        assert f"firstspike::{namespace}::" in listing
        for name in foreign(listing, namespace):
            failures += 1
            print(f"{library} defines {name}; make it part of namespace {namespace}, or do not call it")
    print(f"Ran {len(libraries)} tests in 0s")
    print(f"FAILED (failures={failures})" if failures else "OK")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
