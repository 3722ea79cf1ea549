"""Files for the tests of the command, written without firstspike: idx, NIR, SONATA."""
import gzip
import struct

import h5py
import numpy as np

ROWS = COLUMNS = 4


def idx_images(images):
    """Bytes of an idx3 file; `images` is [image][row][column]."""
    return struct.pack(">IIII", 2051, *images.shape) + images.astype(np.uint8).tobytes()


def idx_labels(labels):
    return struct.pack(">II", 2049, len(labels)) + bytes(labels)


def write_images(path, count, rows=ROWS, columns=COLUMNS, seed=1):
    pixels = np.random.default_rng(seed).integers(0, 256, (count, rows, columns))
    path.write_bytes(idx_images(pixels))
    return path


def write_labels(path, labels):
    path.write_bytes(idx_labels(labels))
    return path


def text_type():
    return h5py.string_dtype()


def write_model(path, weights, kernel="step", threshold=1.0, delay=1.0, t_max=256.0, labels=None, metadata=True):
    """A NIR graph; `weights` has one [post][pre] array for each layer. Without metadata it has only the fields of NIR."""
    names = ["input"]
    with h5py.File(path, "w") as f:
        f.create_dataset("version", data="1.0", dtype=text_type())
        node = f.create_group("node")
        node.create_dataset("type", data="NIRGraph", dtype=text_type())
        nodes = node.create_group("nodes")
        add_node(nodes, "input", "Input", shape=np.array([weights[0].shape[1]]))
        for i, w in enumerate(weights):
            layer = "output" if i + 1 == len(weights) else f"hidden{i + 1}" if len(weights) > 2 else "hidden"
            add_node(nodes, f"to_{layer}", "Linear", weight=w)
            ones = np.ones(w.shape[0])
            add_node(nodes, layer, "IF", r=ones, v_threshold=threshold * ones, v_reset=0 * ones)
            names += [f"to_{layer}", layer]
        add_node(nodes, "end", "Output", shape=np.array([weights[-1].shape[0]]))
        names.append("end")
        node.create_dataset("edges", data=list(zip(names, names[1:])), dtype=text_type())
        if metadata:
            add_metadata(node, kernel, delay, t_max, list(range(weights[-1].shape[0])) if labels is None else labels)
    return path


def add_node(nodes, name, kind, **arrays):
    group = nodes.create_group(name)
    group.create_dataset("type", data=kind, dtype=text_type())
    for key, values in arrays.items():
        group[key] = values


def add_metadata(node, kernel, delay, t_max, labels):
    group = node.create_group("metadata")
    group["max_spikes"] = 1
    group["t_in"] = 256.0
    group["t_max"] = t_max
    group["delay"] = delay
    group["label_of_output"] = np.array(labels, np.uint8)
    group.create_dataset("kernel", data=kernel, dtype=text_type())


def small_weights(inputs=ROWS * COLUMNS, hidden=8, outputs=3, seed=2):
    random = np.random.default_rng(seed)
    return [random.uniform(0, 1, (hidden, inputs)), random.uniform(0, 1, (outputs, hidden))]


def write_spikes(path, populations):
    """A SONATA spike file by other tools: {name: (timestamps, node_ids)}."""
    with h5py.File(path, "w") as f:
        for name, (times, ids) in populations.items():
            group = f.create_group(f"spikes/{name}")
            group["timestamps"] = np.array(times, float)
            group["timestamps"].attrs["units"] = "ms"
            group["node_ids"] = np.array(ids, np.uint64)
    return path


def write_ring(path):
    """A recurrent network in SONATA's nodes and edges: source -> a -> a."""
    with h5py.File(path, "w") as f:
        for name, kind in {"source": "source", "ring": "neurons"}.items():
            group = f.create_group(f"nodes/{name}")
            group.attrs["kind"] = kind
            group.attrs["n_nodes"] = np.uint64(3)
            if kind == "neurons":
                group["0/v_th"] = np.full(3, 0.5)
        add_edges(f, "in", "source", [0], [0])
        add_edges(f, "around", "ring", [0, 1, 2], [1, 2, 0])
    return path


def add_edges(f, name, pre, sources, targets):
    group = f.create_group(f"edges/{name}")
    group.attrs["kernel"] = "step"
    group["source_node_id"] = np.array(sources, np.uint64)
    group["source_node_id"].attrs["node_population"] = pre
    group["target_node_id"] = np.array(targets, np.uint64)
    group["target_node_id"].attrs["node_population"] = "ring"
    group["0/syn_weight"] = np.ones(len(sources))
    group["0/delay"] = np.full(len(sources), 2.0)


def cut_gzip(raw):
    whole = gzip.compress(raw)
    return whole[: len(whole) // 2]
