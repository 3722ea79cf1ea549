"""Writes the module firstspike._built_on: the system of this build, and the Debian packages of the shared libraries.

usage: built_on.py OUTPUT BINARY...
"""
import platform
import re
import subprocess
import sys


def packages_of(binary):
    """The packages of the libraries that a binary names itself. Without Debian's tools: none."""
    try:
        named = re.findall(r"\(NEEDED\).*\[(.*)\]", subprocess.check_output(["readelf", "--dynamic", binary], text=True))
        paths = dict(re.findall(r"(\S+) => (\S+)", subprocess.check_output(["ldd", binary], text=True)))
        # A package lists /usr/lib/... where the loader says /lib/..., which is the same folder.
        patterns = ["*" + paths[name].removeprefix("/usr") for name in named if name in paths]
        owners = subprocess.run(["dpkg-query", "--search", *patterns], capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return set()
    return set(re.findall(r"^([a-z0-9.+-]+)(?::\w+)?: ", owners, re.M))


output, *binaries = sys.argv[1:]
try:
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
except OSError:
    system = platform.system()
packages = sorted(set().union(*map(packages_of, binaries)))
with open(output, "w") as file:
    file.write('"""Where this package was built, and the Debian packages of the shared libraries that it needs there."""\n\n')
    file.write(f"SYSTEM = {system!r}\nPACKAGES: list[str] = {packages!r}\n")
