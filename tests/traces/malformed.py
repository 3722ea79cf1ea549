"""Writes good files of each format, and damaged copies of them. Usage: traces_malformed.py DIRECTORY"""
import pathlib
import shutil
import sys

import h5py
import numpy as np

INF = float("inf")
NAN = float("nan")
SORTING = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")


def good_trace(f):
    """Two samples of four neurons, events (0, t=1) (2, t=3) | (1, t=2) (3, t=2)."""
    f.attrs["magic"] = np.uint32(0x0A7A)
    f.attrs["version"] = np.array([0, 1], "u4")
    g = f.create_group("spikes/hidden")
    g["timestamps"] = [1.0, 3.0, 2.0, 2.0]
    g["timestamps"].attrs["units"] = "ms"
    g["node_ids"] = np.array([0, 2, 1, 3], "u8")
    g["sample_ids"] = np.array([0, 0, 1, 1], "u4")
    g["sample_offsets"] = np.array([0, 2, 4], "u8")
    g.attrs["n_nodes"] = np.uint64(4)
    g.attrs["t_start"] = 0.0
    g.attrs["t_stop"] = 256.0
    g.attrs.create("sorting", 0, dtype=SORTING)


def good_model(f):
    """Three inputs, two neurons."""
    f["version"] = "1.0"
    node = f.create_group("node")
    node["type"] = "NIRGraph"
    node.create_dataset("edges", data=[["linear", "hidden"], ["input", "linear"], ["hidden", "output"]],
                        dtype=h5py.string_dtype())
    node["nodes/input/type"] = "Input"
    node["nodes/input/shape"] = [3]
    node["nodes/linear/type"] = "Affine"
    node["nodes/linear/weight"] = np.array([[1, 2, 3], [4, 5, 6]], "f4")
    node["nodes/linear/bias"] = np.zeros(2, "f4")
    node["nodes/hidden/type"] = "IF"
    for name, value in {"r": 1, "v_threshold": 2, "v_reset": 0}.items():
        node["nodes/hidden/" + name] = np.full(2, value, "f4")
    node["nodes/output/type"] = "Output"
    node["nodes/output/shape"] = [2]
    meta = node.create_group("metadata")
    for name, value in {"max_spikes": 1, "kernel": "step", "delay": 1.0, "t_in": 256.0, "t_max": 256.0}.items():
        meta[name] = value
    meta["label_of_output"] = np.array([0, 1], "u1")


def good_phases(f):
    """The same with kernel step, a bias neuron at 4, and a fire phase [8, 16) whose slope is 0.5."""
    good_model(f)
    meta = f["node/metadata"]
    for name in ("kernel", "delay"):
        del meta[name]
    for name, value in {"populations": ["input", "bias", "hidden"], "population_kinds": ["source", "bias", "neurons"],
                        "projections": [["input", "hidden"], ["bias", "hidden"]], "kernel": ["step", "step"]}.items():
        meta.create_dataset(name, data=value, dtype=h5py.string_dtype())
    for name, value in {"delay": [1.0, 0.0], "t_fire": [INF, 4.0, 8.0], "threshold_slope": [0, 0, 0.5],
                        "t_close": [INF, INF, 16], "bias.bias": [0.5, 0.25]}.items():
        meta[name] = value
    meta["trainable"] = np.array([1, 0, 1], "u1")
    meta["precision"] = "f32"
    meta["regime"] = "binary"


def good_network(f):
    """Two sources, two neurons that excite each other and have a fire phase [8, 16), whose slope is 0.5."""
    for name, kind in {"input": "source", "pair": "neurons"}.items():
        f.create_group("nodes/" + name).attrs["kind"] = kind
        f["nodes/" + name].attrs["n_nodes"] = 2
    f["nodes/pair/0/v_th"] = [1.0, 1.0]
    f["nodes/pair"].attrs.update({"t_fire": 8.0, "threshold_slope": 0.5, "t_close": 16.0})
    for name, pre in {"in": "input", "loop": "pair"}.items():
        e = f.create_group("edges/" + name)
        e.attrs["kernel"] = "step"
        e["source_node_id"] = [0, 1]
        e["source_node_id"].attrs["node_population"] = pre
        e["target_node_id"] = [1, 0]
        e["target_node_id"].attrs["node_population"] = "pair"
        e["0/syn_weight"] = [0.5, 0.5]
        e["0/delay"] = [1.0, 2.0]


def good_conv(f):
    """Two channels of 3 x 2 sources, a convolution to 1 x 1 x 2, which is transposed back to 3 x 2 x 1."""
    f["version"] = "1.0"
    node = f.create_group("node")
    node["type"] = "NIRGraph"
    names = ["input", "conv", "small", "up", "large", "output"]
    node.create_dataset("edges", data=list(zip(names, names[1:])), dtype=h5py.string_dtype())
    for name, kind in zip(names, ["Input", "Conv2d", "IF", "ConvTranspose2d", "IF", "Output"]):
        node[f"nodes/{name}/type"] = kind
    node["nodes/input/shape"], node["nodes/output/shape"] = [2, 3, 2], [1, 3, 2]
    for name in ("conv", "up"):
        for field, value in conv(np.ones((2, 2, 3, 2) if name == "conv" else (2, 1, 3, 2), "f4")).items():
            node[f"nodes/{name}/{field}"] = value
    put(N + "up/bias", np.zeros(1))(f)
    node["nodes/up/output_padding"] = [0, 0]
    for name, shape in {"small": (2, 1, 1), "large": (1, 3, 2)}.items():
        node[f"nodes/{name}/r"], node[f"nodes/{name}/v_threshold"] = np.ones(shape, "f4"), np.ones(shape, "f4")
    meta = node.create_group("metadata")
    for name, value in {"max_spikes": 1, "kernel": "ramp", "delay": 1.0, "t_in": 256.0, "t_max": 256.0}.items():
        meta[name] = value


def good_shared(f):
    """4 x 4 x 1 sources, and 2 x 2 x 3 neurons, each of which sees 3 x 3 sources."""
    for name, (kind, rows, channels) in {"input": ("source", 4, 1), "out": ("neurons", 2, 3)}.items():
        g = f.create_group("nodes/" + name)
        g.attrs.update({"kind": kind, "n_nodes": rows * rows * channels, "rows": rows, "columns": rows, "channels": channels})
    f["nodes/out/0/v_th"] = np.ones(12)
    f.create_group("edges")
    e = f.create_group(S)
    e.attrs.update({"source_population": "input", "target_population": "out", "kernel": "step", "delay": 1.0,
                    "kernel_rows": 3, "kernel_columns": 3, "stride": 1, "padding": 0, "transposed": 0, "pool": 1})
    e["weight"] = np.ones((1, 3, 3, 3))


def good_checkpoint(f):
    f.attrs["format"] = "firstspike checkpoint 1"
    f.attrs["step"] = 7
    f["weights"] = np.array([1, 2], "f4")


def insert(kind, **values):
    """Puts a node `extra` of this type between input and linear."""
    def change(f):
        for name, value in {"type": kind, **values}.items():
            f["node/nodes/extra/" + name] = value
        del f["node/edges"]
        f["node"].create_dataset("edges", dtype=h5py.string_dtype(),
                                 data=[["input", "extra"], ["extra", "linear"], ["linear", "hidden"], ["hidden", "output"]])
    return change


def conv(weight, **values):
    return {"weight": weight, "bias": np.zeros(len(weight)), "stride": [1, 1], "padding": [0, 0], "dilation": [1, 1],
            "groups": 1, **values}


def put(path, value):
    """Replaces a data set; its attributes stay."""
    def change(f):
        kept = dict(f[path].attrs) if path in f else {}
        if path in f:
            del f[path]
        f[path] = value
        for name, attribute in kept.items():
            f[path].attrs[name] = attribute
    return change


def drop(path):
    def change(f):
        del f[path]
    return change


def attribute(path, name, value, dtype=None):
    def change(f):
        f[path].attrs.create(name, value, dtype=dtype)
    return change


def no_attribute(path, name):
    def change(f):
        del f[path].attrs[name]
    return change


def together(*changes):
    def change(f):
        for c in changes:
            c(f)
    return change


def never_written(path, shape):
    """An extent without any data."""
    def change(f):
        del f[path]
        f.create_dataset(path, shape=shape, dtype="f8", chunks=(4096,) if len(shape) == 1 else None)
    return change


def add_edge(a, b):
    def change(f):
        edges = [[x.decode(), y.decode()] for x, y in f["node/edges"][()]]
        put("node/edges", edges + [[a, b]])(f)
    return change


H, N, M, L, P, S = "spikes/hidden", "node/nodes/", "node/metadata/", "edges/loop", "nodes/pair", "shared_edges/conv"
CHANGES = {
    "trace": {
        "no_spikes": drop("spikes"),
        "no_population": drop(H),
        "stray_dataset": put("spikes/stray", [1.0]),
        "wrong_magic": attribute("/", "magic", np.uint32(7)),
        "later_version": attribute("/", "version", np.array([2, 1], "u4")),
        "no_timestamps": drop(H + "/timestamps"),
        "no_node_ids": drop(H + "/node_ids"),
        "ids_too_few": put(H + "/node_ids", [0, 2, 1]),
        "samples_too_few": put(H + "/sample_ids", [0, 0, 1]),
        "time_nan": put(H + "/timestamps", [1, NAN, 2, 2]),
        "time_inf": put(H + "/timestamps", [1, 3, INF, 2]),
        "time_negative": put(H + "/timestamps", [-1.0, 3, 2, 2]),
        "time_after_stop": put(H + "/timestamps", [1.0, 300, 2, 2]),
        "times_2d": put(H + "/timestamps", [[1.0, 3, 2, 2]]),
        "times_strings": put(H + "/timestamps", ["1", "3", "2", "2"]),
        "times_group": together(drop(H + "/timestamps"), lambda f: f.create_group(H + "/timestamps")),
        "times_huge": never_written(H + "/timestamps", (1 << 50,)),
        "times_overflow": never_written(H + "/timestamps", (1 << 62,)),
        "units": attribute(H + "/timestamps", "units", "fortnights"),
        "ids_float": put(H + "/node_ids", [0.0, 2, 1, 3]),
        "ids_negative": put(H + "/node_ids", [0, 2, -1, 3]),
        "id_too_large": put(H + "/node_ids", [0, 2, 1, 4]),
        "fires_twice": put(H + "/node_ids", [2, 2, 1, 3]),
        "by_time_untrue": attribute(H, "sorting", 2, SORTING),
        "by_id_untrue": attribute(H, "sorting", "by_id"),
        "sorting_word": attribute(H, "sorting", "by_mood"),
        "sorting_value": attribute(H, "sorting", 9, SORTING),
        "sorting_number": attribute(H, "sorting", 0.5),
        "offsets_first": put(H + "/sample_offsets", [1, 2, 4]),
        "offsets_drop": put(H + "/sample_offsets", [0, 3, 2, 4]),
        "offsets_end": put(H + "/sample_offsets", [0, 2, 3]),
        "offsets_empty": put(H + "/sample_offsets", np.array([], "u8")),
        "sample_too_large": put(H + "/sample_ids", [0, 0, 1, 2]),
        "sample_wrong": put(H + "/sample_ids", [0, 1, 1, 1]),
        "samples_unsorted": together(drop(H + "/sample_offsets"), put(H + "/sample_ids", [1, 0, 1, 1])),
        "samples_absurd": together(drop(H + "/sample_offsets"), put(H + "/sample_ids", [0, 0, 1, 4000000000])),
        "n_nodes_many": attribute(H, "n_nodes", [4, 4]),
        "t_start": attribute(H, "t_start", NAN),
        "t_stop": attribute(H, "t_stop", -1.0),
    },
    "model": {
        "later_version": put("version", "2.0"),
        "no_node": drop("node"),
        "not_a_graph": put("node/type", "LIF"),
        "no_edges": drop("node/edges"),
        "edges_flat": put("node/edges", ["input", "linear"]),
        "edge_unknown": add_edge("hidden", "attic"),
        "edge_cycle": together(put("node/edges", [["input", "linear"], ["linear", "hidden"]]),
                               add_edge("hidden", "input")),
        "edge_branch": add_edge("hidden", "linear"),
        "edge_lacking": put("node/edges", [["input", "linear"], ["linear", "hidden"]]),
        "edge_too_short": put("node/edges", [["input", "linear"], ["linear", "output"]]),
        "scale_long": insert("Scale", scale=[1.0, 2.0]),
        "scale_inf": insert("Scale", scale=[1.0, 2.0, INF]),
        "flatten_size": insert("Flatten", start_dim=0, end_dim=-1, input_type=[4]),
        "flatten_start": insert("Flatten", start_dim=7, end_dim=-1),
        "flatten_order": together(put(N + "input/shape", [1, 3]), insert("Flatten", start_dim=1, end_dim=0)),
        "pool_rank": insert("SumPool2d", kernel_size=[1, 1], stride=[1, 1], padding=[0, 0]),
        "pool_wide": together(put(N + "input/shape", [3, 1, 1]),
                              insert("AvgPool2d", kernel_size=[2, 2], stride=[1, 1], padding=[0, 0])),
        "pool_stride": together(put(N + "input/shape", [3, 1, 1]),
                                insert("SumPool2d", kernel_size=[1, 1], stride=[0, 1], padding=[0, 0])),
        "conv_channels": together(put(N + "input/shape", [1, 1, 3]), insert("Conv2d", **conv(np.ones((1, 2, 1, 1))))),
        "conv_groups": together(put(N + "input/shape", [1, 1, 3]), insert("Conv2d", **conv(np.ones((1, 1, 1, 1)), groups=0))),
        "conv_padding": together(put(N + "input/shape", [1, 1, 3]),
                                 insert("Conv2d", **conv(np.ones((1, 1, 1, 1)), padding="full"))),
        "conv_bias": together(put(N + "input/shape", [1, 1, 3]),
                              insert("Conv2d", **conv(np.ones((1, 1, 1, 1)), bias=[0.0, 0, 0]))),
        "output_linear": together(put("node/edges", [["input", "linear"], ["linear", "hidden"], ["hidden", "more"],
                                                     ["more", "output"]]),
                                  put(N + "more/type", "Linear"), put(N + "more/weight", np.ones((2, 2)))),
        "edge_order": put("node/edges", [["input", "hidden"], ["hidden", "linear"], ["linear", "output"]]),
        "node_type": put(N + "hidden/type", "CubaLIF"),
        "no_type": drop(N + "hidden/type"),
        "two_inputs": put(N + "output/type", "Input"),
        "no_weight": drop(N + "linear/weight"),
        "weight_transposed": put(N + "linear/weight", np.ones((3, 2), "f4")),
        "weight_flat": put(N + "linear/weight", np.ones(6, "f4")),
        "weight_nan": put(N + "linear/weight", np.array([[1, 2, NAN], [4, 5, 6]], "f4")),
        "weight_huge": never_written(N + "linear/weight", (1 << 30, 1 << 20)),
        "bias_step": put(N + "linear/bias", np.array([0, 1], "f4")),
        "bias_short": put(N + "linear/bias", np.zeros(3, "f4")),
        "threshold_zero": put(N + "hidden/v_threshold", np.array([2, 0], "f4")),
        "threshold_inf": put(N + "hidden/v_threshold", np.array([2, INF], "f4")),
        "threshold_long": put(N + "hidden/v_threshold", np.ones(3, "f4")),
        "r_negative": put(N + "hidden/r", np.array([1, -1], "f4")),
        "output_shape": put(N + "output/shape", [5]),
        "input_shape": put(N + "input/shape", [0]),
        "many_spikes": put(M + "max_spikes", 3),
        "kernel_word": put(M + "kernel", "cosine"),
        "delay_negative": put(M + "delay", -1.0),
        "t_max_nan": put(M + "t_max", NAN),
        "labels_many": put(M + "label_of_output", np.zeros(3, "u1")),
        "precision_word": put(M + "precision", "f16"),
        "populations_other": together(put(M + "populations", ["input", "attic"]),
                                      put(M + "population_kinds", ["source", "neurons"]),
                                      put(M + "projections", [["input", "attic"]])),
        "kinds_short": together(put(M + "populations", ["input", "hidden"]), put(M + "population_kinds", ["source"])),
        "projection_other": together(put(M + "populations", ["input", "hidden"]),
                                     put(M + "population_kinds", ["source", "neurons"]),
                                     put(M + "projections", [["hidden", "hidden"]])),
    },
    "phases": {
        "kind_word": put(M + "population_kinds", ["source", "glia", "neurons"]),
        "kind_reference": put(M + "population_kinds", ["source", "reference", "neurons"]),
        "t_open": together(drop(M + "t_fire"), put(M + "t_open", [0.0, 0, 3])),
        "t_fire_short": put(M + "t_fire", [INF, 4.0]),
        "t_fire_nan": put(M + "t_fire", [INF, 4.0, NAN]),
        "t_fire_negative": put(M + "t_fire", [INF, 4.0, -1]),
        "t_fire_at_t_close": put(M + "t_fire", [INF, 4.0, 16]),
        "t_fire_of_bias": put(M + "t_fire", [INF, INF, 8]),
        "t_fire_of_source": put(M + "t_fire", [0, 4.0, 8]),
        "t_fire_text": put(M + "t_fire", ["never", "4", "8"]),
        "slope_negative": put(M + "threshold_slope", [0, 0, -0.5]),
        "slope_nan": put(M + "threshold_slope", [0, 0, NAN]),
        "slope_inf": put(M + "threshold_slope", [0, 0, INF]),
        "slope_long": put(M + "threshold_slope", [0, 0, 0.5, 0]),
        "slope_of_bias": put(M + "threshold_slope", [0, 0.5, 0.5]),
        "slope_without_phase": put(M + "t_fire", [INF, 4.0, INF]),
        "t_close_zero": put(M + "t_close", [INF, INF, 0]),
        "t_close_nan": put(M + "t_close", [NAN, INF, 16]),
        "t_close_short": put(M + "t_close", [INF]),
        "trainable_short": put(M + "trainable", np.array([1, 0], "u1")),
        "trainable_value": put(M + "trainable", np.array([1, 0, 7], "u1")),
        "trainable_float": put(M + "trainable", [1.0, 0.5, 1]),
        "regime_number": put(M + "regime", 3),
        "regime_many": put(M + "regime", ["relu", "relu"]),
        "no_bias": drop(M + "bias.bias"),
        "bias_long": put(M + "bias.bias", [0.5, 0.25, 1]),
        "bias_nan": put(M + "bias.bias", [0.5, NAN]),
        "bias_2d": put(M + "bias.bias", [[0.5, 0.25]]),
        "bias_f64": put(M + "bias.bias", [0.5, 0.1]),
        "bias_unknown": put(M + "bias.attic", [0.5, 0.25]),
        "bias_for_ramp": put(M + "kernel", ["ramp", "ramp"]),
        "bias_twice": together(put(M + "projections", [["input", "hidden"], ["bias", "hidden"], ["bias", "hidden"]]),
                               put(M + "kernel", "step"), put(M + "delay", 1.0)),
        "bias_unused": together(put(M + "projections", [["input", "hidden"]]), put(M + "kernel", "step"),
                                put(M + "delay", 1.0), drop(M + "bias.bias")),
        "no_bias_neuron": together(put(M + "populations", ["input", "hidden"]),
                                   put(M + "population_kinds", ["source", "neurons"]),
                                   put(M + "projections", [["input", "hidden"]]), put(M + "kernel", "ramp"),
                                   put(M + "delay", 1.0), put(N + "linear/bias", np.array([0, 1], "f4")),
                                   *(drop(M + name) for name in ("t_fire", "threshold_slope", "t_close", "trainable",
                                                                 "bias.bias"))),
        "two_biases": together(put(M + "populations", ["input", "bias", "other", "hidden"]),
                               put(M + "population_kinds", ["source", "bias", "bias", "neurons"]),
                               put(M + "projections", [["input", "hidden"], ["bias", "hidden"], ["other", "hidden"]]),
                               put(M + "kernel", "step"), put(M + "delay", 1.0), put(M + "bias.other", [0.5, 0.25]),
                               *(drop(M + name) for name in ("t_fire", "threshold_slope", "t_close", "trainable"))),
    },
    "network": {
        "no_nodes": drop("nodes"),
        "wrong_magic": attribute("/", "magic", np.uint32(7)),
        "later_version": attribute("/", "version", np.array([2, 1], "u4")),
        "no_edges": drop("edges"),
        "kind_word": attribute(P, "kind", "glia"),
        "v_th_negative": put(P + "/0/v_th", [1.0, -1]),
        "v_th_short": put(P + "/0/v_th", [1.0]),
        "no_size": no_attribute("nodes/input", "n_nodes"),
        "size_zero": attribute("nodes/input", "n_nodes", 0),
        "size_vast": together(drop(P + "/0/v_th"), attribute(P, "n_nodes", 2**32 - 1)),
        "size_contradicts": put(P + "/node_type_id", [-1, -1, -1]),
        "t_fire_negative": attribute(P, "t_fire", -5.0),
        "t_fire_nan": attribute(P, "t_fire", NAN),
        "t_fire_late": attribute(P, "t_fire", 2.0**32),
        "t_fire_text": attribute(P, "t_fire", "soon"),
        "t_fire_many": attribute(P, "t_fire", [8.0, 8.0]),
        "t_fire_at_t_close": attribute(P, "t_fire", 16.0),
        "t_fire_of_source": attribute("nodes/input", "t_fire", 3.0),
        "t_fire_of_bias": together(attribute("nodes/input", "kind", "bias"), attribute("nodes/input", "t_fire", INF)),
        "t_close_zero": attribute(P, "t_close", 0.0),
        "t_close_nan": attribute("nodes/input", "t_close", NAN),
        "slope_negative": attribute(P, "threshold_slope", -0.5),
        "slope_nan": attribute(P, "threshold_slope", NAN),
        "slope_inf": attribute(P, "threshold_slope", INF),
        "slope_without_phase": no_attribute(P, "t_fire"),
        "slope_of_source": attribute("nodes/input", "threshold_slope", 1.0),
        "t_open_negative": attribute("nodes/input", "t_open", -5.0),
        "t_open_of_neurons": together(no_attribute(P, "t_fire"), attribute(P, "t_open", 3.0)),
        "t_open_and_t_fire": attribute(P, "t_open", 0.0),
        "kernel_word": attribute(L, "kernel", "alpha"),
        "kernel_mixed": attribute(L, "kernel", "ramp"),
        "layout_word": attribute(L, "layout", "round"),
        "layout_dense": attribute(L, "layout", "dense"),
        "target_out_of_range": put(L + "/target_node_id", [1, 2]),
        "source_out_of_range": put(L + "/source_node_id", [0, 77]),
        "target_too_few": put(L + "/target_node_id", [1]),
        "population_unknown": attribute(L + "/source_node_id", "node_population", "attic"),
        "population_missing": no_attribute(L + "/source_node_id", "node_population"),
        "two_delays": attribute(L, "delay", 1.0),
        "delay_negative": put(L + "/0/delay", [1.0, -2]),
        "delay_short": put(L + "/0/delay", [1.0]),
        "delay_zero_cycle": put(L + "/0/delay", [0.0, 0]),
        "weight_inf": put(L + "/0/syn_weight", [0.5, INF]),
        "no_weight": drop(L + "/0/syn_weight"),
        "group_index_lacking": put(L + "/edge_group_id", [0, 0]),
        "group_id_lacking": put(L + "/edge_group_index", [0, 1]),
        "group_ids_lacking": put(L + "/1/syn_weight", [0.5]),
        "group_missing": together(put(L + "/edge_group_id", [0, 3]), put(L + "/edge_group_index", [0, 0])),
        "group_index_large": together(put(L + "/edge_group_id", [0, 0]), put(L + "/edge_group_index", [1, 2])),
        "group_too_long": together(put(L + "/edge_group_id", [0, 0]), put(L + "/edge_group_index", [0, 1]),
                                   put(L + "/0/syn_weight", [0.5, 0.5, 0.5])),
        "group_index_short": together(put(L + "/edge_group_id", [0, 0]), put(L + "/edge_group_index", [0])),
        "edge_id_twice": put(L + "/edge_id", [1, 1]),
        "node_id_twice": put(P + "/node_id", [0, 0]),
        "node_id_large": put(P + "/node_id", [10, 11]),
        "node_group_index_large": together(put(P + "/node_group_id", [0, 0]), put(P + "/node_group_index", [0, 5])),
        "model_type_word": together(no_attribute(P, "kind"), put(P + "/0/model_type", ["virtual", "biophysical"])),
        "model_type_mixed": together(no_attribute(P, "kind"), put(P + "/0/model_type", ["virtual", ""])),
        "model_type_library": together(no_attribute(P, "kind"), put(P + "/0/model_type", [0, 1]),
                                       put(P + "/0/@library/model_type", ["virtual"])),
        "model_type_number": together(no_attribute(P, "kind"), put(P + "/0/model_type", [0, 1])),
        "synapse_template": put(L + "/0/model_template", ["static_synapse", "Exp2Syn"]),
        "weight_function": put(L + "/0/weight_function", ["wmax", "gaussianLL"]),
        "synapse_parameters": put(L + "/0/dynamics_params/erev", [-70.0, -70.0]),
        "index_half": attribute(P, "index", 0),
        "index_large": attribute(P, "index", 9),
    },
    "conv": {
        "weight_rank": put(N + "conv/weight", np.ones((2, 2, 3), "f4")),
        "weight_inf": put(N + "conv/weight", np.full((2, 2, 3, 2), INF, "f4")),
        "channels": put(N + "conv/weight", np.ones((2, 1, 3, 2), "f4")),
        "kernel_tall": put(N + "conv/weight", np.ones((2, 2, 4, 2), "f4")),
        "groups": put(N + "conv/groups", 3),
        "stride_zero": put(N + "conv/stride", [0, 1]),
        "stride_many": put(N + "conv/stride", [1, 1, 1]),
        "bias_short": put(N + "conv/bias", np.zeros(3)),
        "flat": put(N + "input/shape", [12]),
        "threshold_short": put(N + "small/v_threshold", np.ones(3, "f4")),
        "product_inf": together(put(N + "conv/weight", np.full((2, 2, 3, 2), 1e300)), put(N + "small/r", np.full((2, 1, 1), 1e300))),
        "bias_inf": together(put(N + "conv/bias", np.full(2, 1e300)), put(N + "small/r", np.full((2, 1, 1), 1e300))),
        "vast": together(put(N + "input/shape", [1, 300, 300]), put(N + "conv/weight", np.ones((1, 1, 2, 2), "f4")),
                         put(N + "conv/bias", np.zeros(1)), put(N + "conv/stride", [1, 2]),
                         put(N + "small/v_threshold", 1.0), put(N + "small/r", 1.0)),
        "up_weight": put(N + "up/weight", np.ones((1, 2, 3, 2), "f4")),
        "up_stride": put(N + "up/stride", [1, 2]),
        "up_padding": put(N + "up/padding", [1, 0]),
        "up_padding_wide": put(N + "up/padding", [2, 2]),
        "up_dilation": put(N + "up/dilation", [2, 2]),
        "up_groups": put(N + "up/groups", 2),
        "up_output_padding": put(N + "up/output_padding", [1, 0]),
        "up_bias": put(N + "up/bias", np.zeros(2)),
        "output_shape": put(N + "output/shape", [1, 3, 3]),
    },
    "shared": {
        "no_delay": no_attribute(S, "delay"),
        "delay_negative": attribute(S, "delay", -1.0),
        "kernel_word": attribute(S, "kernel", "alpha"),
        "source_unknown": attribute(S, "source_population", "attic"),
        "target_missing": no_attribute(S, "target_population"),
        "target_source": together(attribute(S, "target_population", "input"), attribute(S, "kernel_rows", 1),
                                  attribute(S, "kernel_columns", 1), put(S + "/weight", np.ones((1, 1, 1, 1)))),
        "kernel_rows_zero": attribute(S, "kernel_rows", 0),
        "kernel_columns_wide": attribute(S, "kernel_columns", 5),
        "stride_vast": attribute(S, "stride", 70000),
        "stride_negative": attribute(S, "stride", -1),
        "padding": attribute(S, "padding", 1),
        "pool_zero": attribute(S, "pool", 0),
        "pool_missing": no_attribute(S, "pool"),
        "transposed": attribute(S, "transposed", 2),
        "rows_half": no_attribute("nodes/out", "columns"),
        "rows_zero": attribute("nodes/out", "rows", 0),
        "rows_many": attribute("nodes/out", "rows", 3),
        "rows_text": attribute("nodes/out", "rows", "two"),
        "no_grid": together(*(no_attribute("nodes/input", name) for name in ("rows", "columns", "channels"))),
        "no_weight": drop(S + "/weight"),
        "weight_flat": put(S + "/weight", np.ones(27)),
        "weight_order": put(S + "/weight", np.ones((3, 3, 3, 1))),
        "weight_nan": put(S + "/weight", np.full((1, 3, 3, 3), NAN)),
        "weight_huge": never_written(S + "/weight", (1 << 20, 1 << 10, 1 << 10, 1 << 10)),
        "index_half": lambda f: (f.copy(S, "shared_edges/second"), f[S].attrs.create("index", 0)),
        "no_edges": drop("edges"),
    },
    "checkpoint": {
        "no_format": no_attribute("/", "format"),
        "other_format": attribute("/", "format", "shopping list"),
        "array_type": put("weights", np.array([1, 2], "i2")),
        "array_2d": put("weights", np.ones((2, 2), "f4")),
        "array_group": together(drop("weights"), lambda f: f.create_group("weights")),
        "array_huge": never_written("weights", (1 << 40,)),
    },
}
GOOD = {"trace": good_trace, "model": good_model, "phases": good_phases, "network": good_network,
        "conv": good_conv, "shared": good_shared, "checkpoint": good_checkpoint}


def damage_bytes(directory, kind):
    whole = (directory / f"{kind}_good.h5").read_bytes()
    (directory / f"{kind}_empty.h5").write_bytes(b"")
    (directory / f"{kind}_text.h5").write_bytes(b"1.0 2.0 3.0\n" * 1000)
    (directory / f"{kind}_truncated.h5").write_bytes(whole[:len(whole) * 2 // 3])


def main(directory):
    for kind, good in GOOD.items():
        source = directory / f"{kind}_good.h5"
        with h5py.File(source, "w") as f:
            good(f)
        for name, change in CHANGES[kind].items():
            target = directory / f"{kind}_{name}.h5"
            shutil.copy(source, target)
            with h5py.File(target, "r+") as f:
                change(f)
        damage_bytes(directory, kind)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
