"""Whether two model files are equal, apart from the build and the command that wrote them. Usage: same_model.py A.h5 B.h5"""
import sys

import h5py
import numpy as np

OF_THE_WRITER = {"fact.command", "fact.firstspike_build", "fact.firstspike_commit", "fact.firstspike_version"}


def contents(path):
    found = {}

    def add(name, item):
        found[name] = {key: item.attrs[key] for key in item.attrs}
        if isinstance(item, h5py.Dataset) and name.split("/")[-1] not in OF_THE_WRITER:
            found[name]["values"] = item[()]

    with h5py.File(path) as file:
        file.visititems(add)
    return found


def difference(a, b):
    """The first object that differs, or None."""
    for name in sorted(a.keys() | b.keys()):
        if (name in a) != (name in b):
            return f"{name} is in one of them"
        for key in a[name].keys() | b[name].keys():
            values = [np.asarray(side[name].get(key)) for side in (a, b)]
            if values[0].dtype != values[1].dtype or values[0].tolist() != values[1].tolist():
                return f"{name}: {key} differ"
    return None


if __name__ == "__main__":
    found = difference(*(contents(path) for path in sys.argv[1:3]))
    print(f"{sys.argv[1]}, {sys.argv[2]}: {found or 'equal'}")
    sys.exit(1 if found else 0)
