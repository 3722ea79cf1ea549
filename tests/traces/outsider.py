"""Reads firstspike's files as another tool would, with h5py only. Usage: traces_outsider.py PROGRAM_THAT_WRITES_THEM"""
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np


def check_trace(f):
    assert f.attrs["magic"] == 0x0A7A and f.attrs["magic"].dtype == np.uint32
    assert f.attrs["version"].tolist() == [0, 1] and f.attrs["version"].dtype == np.uint32
    assert f.attrs["seed"] == 7 and f.attrs["command"] == "simulate" and f.attrs["t_max"] == 256.0
    assert sorted(f["spikes"]) == ["input", "one"]
    assert all(isinstance(f["spikes"][name], h5py.Group) for name in f["spikes"])
    g = f["spikes/input"]
    assert sorted(g) == ["node_ids", "sample_ids", "sample_offsets", "timestamps"]
    for name, dtype in {"timestamps": "f8", "node_ids": "u8", "sample_ids": "u4", "sample_offsets": "u8"}.items():
        assert g[name].dtype == dtype and g[name].ndim == 1, name
    for name in ("timestamps", "node_ids", "sample_ids"):
        assert g[name].shape == (18000,) and g[name].chunks == (4096,), name
        assert g[name].compression is None and not g[name].shuffle, name
    assert g["timestamps"].attrs["units"] == "ms"
    assert g.attrs["n_nodes"] == 3 and g.attrs["t_start"] == 0 and g.attrs["t_stop"] == 256
    samples = np.arange(9000)
    assert g["timestamps"][0::2].tolist() == [1] * 9000
    assert (g["timestamps"][1::2] == 2 + samples % 7).all()
    assert (g["node_ids"][()].reshape(-1, 2) == [2, 0]).all()
    assert (g["sample_ids"][()] == np.repeat(samples, 2)).all()
    assert (g["sample_offsets"][()] == np.arange(9001) * 2).all()
    assert np.isfinite(g["timestamps"][()]).all()
    one = f["spikes/one"]
    assert one["timestamps"][()].tolist() == [4, 5] and one["node_ids"][()].tolist() == [1, 0]


def check_sorting(f):
    """libsonata wants an enum over U8 with these three names, and refuses a string."""
    for name, value in {"input": 0, "one": 2}.items():
        attribute = h5py.h5a.open(f["spikes"][name].id, b"sorting")
        kind = attribute.get_type()
        assert isinstance(kind, h5py.h5t.TypeEnumID) and kind.get_size() == 1
        assert kind.get_super().get_sign() == h5py.h5t.SGN_NONE and kind.get_nmembers() == 3
        assert [kind.enum_valueof(word) for word in (b"none", b"by_id", b"by_time")] == [0, 1, 2]
        assert f["spikes"][name].attrs["sorting"] == value


def check_model(root):
    assert isinstance(root["version"][()], bytes)
    node = root["node"]
    assert node["type"][()] == b"NIRGraph" and sorted(node) == ["edges", "metadata", "nodes", "type"]
    edges = [(a.decode(), b.decode()) for a, b in node["edges"][()]]
    assert edges == [("input", "input_to_output"), ("input_to_output", "output"), ("output", "output_spikes")]
    kinds = {name: n["type"][()].decode() for name, n in node["nodes"].items()}
    assert kinds == {"input": "Input", "input_to_output": "Affine", "output": "IF", "output_spikes": "Output"}
    assert node["nodes/input/shape"][()].tolist() == [3] and node["nodes/output_spikes/shape"][()].tolist() == [2]
    weight = node["nodes/input_to_output/weight"]
    assert weight.dtype == "f4" and weight[()].tolist() == [[1, 3, 5], [2, 4, 6]]
    assert node["nodes/input_to_output/bias"][()].tolist() == [0.5, 0.25]
    layer = node["nodes/output"]
    assert {k: v[()].tolist() for k, v in layer.items() if k != "type"} == {
        "r": [1, 1], "v_threshold": [10, 20], "v_reset": [0, 0]}
    meta = {k: v[()] for k, v in node["metadata"].items()}
    assert all(isinstance(v, h5py.Dataset) for v in node["metadata"].values())  # what NIR's own reader can take
    assert (meta["max_spikes"], meta["precision"], meta["t_in"], meta["t_max"]) == (1, b"f32", 32, 96)
    assert meta["label_of_output"].tolist() == [1, 0] and meta["delay"].tolist() == [1, 0]
    assert meta["kernel"].tolist() == [b"ramp", b"ramp"]
    assert meta["populations"].tolist() == [b"input", b"output_bias", b"output"]
    assert meta["population_kinds"].tolist() == [b"source", b"bias", b"neurons"]
    assert meta["t_fire"].tolist() == [np.inf, 16, 32] and meta["threshold_slope"].tolist() == [0, 0, 0.625]
    assert meta["t_close"].tolist() == [np.inf, np.inf, 64]
    assert meta["regime"] == b"relu"
    assert meta["trainable"].tolist() == [1, 0, 1] and meta["trainable"].dtype == "u1"
    assert not any(name.startswith("bias.") for name in meta)  # the Affine node has the weights


def check_network(f):
    assert f.attrs["magic"] == 0x0A7A and sorted(f) == ["edges", "nodes"]
    nodes, edges = f["nodes/output"], f["edges/0_input_to_output"]
    assert nodes.attrs["kind"] == "neurons" and nodes["0/v_th"][()].tolist() == [10, 20]
    fire_phase = {name: nodes.attrs[name] for name in ("t_fire", "threshold_slope", "t_close")}
    assert fire_phase == {"t_fire": 32, "threshold_slope": 0.625, "t_close": 64}
    assert f["nodes/output_bias"].attrs["kind"] == "bias" and f["nodes/output_bias"].attrs["t_fire"] == 16
    assert "t_fire" not in f["nodes/input"].attrs and "threshold_slope" not in f["nodes/output_bias"].attrs
    assert nodes["node_type_id"].shape == nodes["node_group_id"].shape == nodes["node_group_index"].shape == (2,)
    assert edges["source_node_id"].attrs["node_population"] == "input"
    assert edges["target_node_id"].attrs["node_population"] == "output"
    assert edges["source_node_id"][()].tolist() == [0, 0, 1, 1, 2, 2]
    assert edges["target_node_id"][()].tolist() == [0, 1] * 3
    assert edges["0/syn_weight"][()].tolist() == [1, 2, 3, 4, 5, 6] and edges["0/delay"][()].tolist() == [1] * 6
    assert edges["edge_type_id"].shape == edges["edge_group_id"].shape == edges["edge_group_index"].shape == (6,)


def check_checkpoint(f):
    assert f.attrs["format"] == "firstspike checkpoint 1" and f.attrs["step"] == 3
    assert f["weights"].dtype == "f4" and f["weights"][()].tolist() == [1, 2]


def main(program):
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([program, name], check=True)
        directory = pathlib.Path(name)
        assert sorted(p.name for p in directory.iterdir()) == ["checkpoint.h5", "model.h5", "network.h5", "trace.h5"]
        with h5py.File(directory / "trace.h5") as f:
            check_trace(f)
            check_sorting(f)
            check_model(f["models/generator"])
        for kind, check in {"model": check_model, "network": check_network, "checkpoint": check_checkpoint}.items():
            with h5py.File(directory / f"{kind}.h5") as f:
                check(f)


if __name__ == "__main__":
    main(sys.argv[1])
