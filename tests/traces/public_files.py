"""Writes small files of the structure of other tools' public files, and beside each what h5py, csv and numpy read in it.
Usage: public_files.py DIRECTORY

Each function states the public file, and whatever is unusual in it. The values are ours. Text files hold what is expected:
NAME.network lists populations and synapses, NAME.spikes each neuron's first spike, NAME.layers what a NIR graph amounts to."""
import csv
import json
import pathlib
import sys

import h5py
import numpy as np

MAGIC = {"magic": np.uint32(0x0A7A), "version": np.array([0, 1], "u4")}


# SONATA networks


def write_nodes(path, name, type_ids, **columns):
    with h5py.File(path, "w") as f:
        f.attrs.update(MAGIC)
        g = f.create_group(f"nodes/{name}")
        n = len(type_ids)
        g["node_type_id"] = np.array(type_ids, "u8")
        g["node_id"], g["node_group_index"] = np.arange(n, dtype="u8"), np.arange(n, dtype="u8")
        g["node_group_id"] = np.zeros(n, "u4")
        g.create_group("0")
        for column, values in columns.items():
            g["0/" + column] = values


def write_edges(path, name, pre, post, rows, groups, index_name="indices"):
    """rows: (source, target, type, group, row in the group); groups: {id: {attribute: values}}"""
    sources, targets, types, group_ids, index = np.array(rows).T
    with h5py.File(path, "w") as f:
        f.attrs.update(MAGIC)
        g = f.create_group(f"edges/{name}")
        g["source_node_id"], g["target_node_id"] = sources.astype("u8"), targets.astype("u8")
        g["source_node_id"].attrs["node_population"], g["target_node_id"].attrs["node_population"] = pre, post
        g["edge_type_id"], g["edge_group_id"] = types.astype("u4"), group_ids.astype("u2")
        g["edge_group_index"] = index.astype("u4")
        g[index_name + "/source_to_target/node_id_to_range"] = np.zeros((2, 2), "u8")  # readers do not need it
        for group, columns in groups.items():
            g.create_group(str(group))
            for column, values in columns.items():
                g[f"{group}/{column}"] = values


def write_types(path, *lines):
    path.write_text("\n".join(lines) + "\n")


def write_config(folder, nodes, edges, synapses=None):
    """circuit_config.json as in examples/300_intfire: a manifest, and paths that start from its variables."""
    (folder / "synapses").mkdir()
    for name, parameters in (synapses or {}).items():
        (folder / "synapses" / name).write_text(json.dumps(parameters))
    def entry(kind, name):
        return {f"{kind}s_file": f"$NETWORK_DIR/{name}_{kind}s.h5",
                f"{kind}_types_file": f"$NETWORK_DIR/{name}_{kind}_types.csv"}

    (folder / "circuit_config.json").write_text(json.dumps({
        "manifest": {"$BASE": ".", "$NETWORK_DIR": "$BASE/network", "$COMPONENT_DIR": "${BASE}"},
        "components": {"synaptic_models_dir": "$COMPONENT_DIR/synapses"},
        "networks": {"nodes": [entry("node", n) for n in nodes], "edges": [entry("edge", n) for n in edges]},
        "target_simulator": "NEURON"}, indent=2))
    (folder / "config.json").write_text(json.dumps({"network": "./circuit_config.json"}))


def read_types(path, kind):
    if not path.exists():
        return {}
    with open(path) as file:
        rows = csv.DictReader(file, delimiter=" ")
        return {int(row[kind + "_type_id"]): {k: v for k, v in row.items() if v not in ("NULL", "NONE", "", None)} for row in rows}


def attribute(g, kind, types, row, field):
    """SONATA's rule: group <kind>_group_id, row <kind>_group_index, else the type."""
    group = g[str(g[kind + "_group_id"][row])]
    if field in group:
        value = group[field][g[kind + "_group_index"][row]]
        return value.decode() if isinstance(value, bytes) else value
    return types.get(int(g[kind + "_type_id"][row]), {}).get(field)


def expect_network(folder, nodes, edges, v_th, delay=None):
    """Population NAME KIND SIZE, then PROJECTION SOURCE TARGET WEIGHT DELAY; synapses by source, delay, then order."""
    lines = []
    for name in nodes:
        types = read_types(folder / f"network/{name}_node_types.csv", "node")
        with h5py.File(folder / f"network/{name}_nodes.h5") as f:
            for population, g in f["nodes"].items():
                models = {attribute(g, "node", types, row, "model_type") for row in range(len(g["node_type_id"]))}
                lines.append(("population", population, "source" if models == {"virtual"} else "neurons", len(g["node_type_id"]), v_th))
    for name in edges:
        types = read_types(folder / f"network/{name}_edge_types.csv", "edge")
        with h5py.File(folder / f"network/{name}_edges.h5") as f:
            for projection, g in f["edges"].items():
                found = []
                for e in range(len(g["source_node_id"])):
                    def get(field, g=g, types=types, e=e):
                        return attribute(g, "edge", types, e, field)
                    weight = float(get("syn_weight")) * float(get("nsyns") or 1)
                    if get("dynamics_params"):
                        weight *= json.loads((folder / "synapses" / get("dynamics_params")).read_text()).get("sign", 1)
                    found.append((int(g["source_node_id"][e]), int(g["target_node_id"][e]), weight, float(get("delay") or delay)))
                lines += [("synapse", projection, *s) for s in sorted(found, key=lambda s: (s[0], s[3]))]
    (folder.parent / (folder.name + ".network")).write_text("\n".join(" ".join(map(str, line)) for line in lines) + "\n")


def intfire(folder):
    """AllenInstitute/sonata, examples/300_intfire: weights and delays in edge_types.csv only, nsyns in the file, inhibition
    by the sign in dynamics_params, two virtual populations."""
    net = folder / "network"
    write_nodes(net / "v1_nodes.h5", "v1", [100, 100, 101, 100, 101])
    write_nodes(net / "lgn_nodes.h5", "lgn", [100, 101, 102], x=[52.4, 98.4, 204.1], y=[6.3, 24.2, 43.2])
    write_nodes(net / "tw_nodes.h5", "tw", [100, 100])
    write_types(net / "v1_node_types.csv", "node_type_id ei location model_template model_type dynamics_params model_name",
                "100 e VisL4 nrn:IntFire1 point_process IntFire1_exc_1.json LIF_exc",
                "101 i VisL4 nrn:IntFire1 point_process IntFire1_inh_1.json LIF_inh")
    write_types(net / "lgn_node_types.csv", "node_type_id model_type ei location model_name", "100 virtual e LGN tON",
                "101 virtual e LGN tOFF", "102 virtual e LGN tONOFF")
    write_types(net / "tw_node_types.csv", "node_type_id model_type ei model_name location", "100 virtual e TW TW")
    header = "edge_type_id target_query source_query delay weight_function syn_weight dynamics_params"
    write_types(net / "v1_v1_edge_types.csv", header,
                "100 model_type=='point_process'&ei=='i' ei=='i' 2.0 wmax 0.01 instanteneousInh.json",
                "101 model_type=='point_process'&ei=='e' ei=='i' 2.0 wmax 0.15 instanteneousInh.json",
                "102 model_name=='LIF_inh' ei=='e' 2.0 wmax 0.3 instanteneousExc.json",
                "103 model_name=='LIF_exc' ei=='e' 1.5 wmax 0.002 instanteneousExc.json")
    for name in ("lgn", "tw"):
        write_types(net / f"{name}_v1_edge_types.csv", header, "100 model_name=='LIF_exc' * 2.0 wmax 0.0045 instanteneousExc.json",
                    "101 model_name=='LIF_inh' * 2.0 wmax 0.0015 instanteneousExc.json")
    write_edges(net / "v1_v1_edges.h5", "v1_to_v1", "v1", "v1",
                [(0, 1, 103, 0, 0), (3, 1, 103, 0, 1), (0, 2, 102, 0, 2), (2, 0, 101, 0, 3), (4, 2, 100, 0, 4)],
                {0: {"nsyns": np.array([10, 10, 5, 3, 1], "u2")}})
    write_edges(net / "lgn_v1_edges.h5", "lgn_to_v1", "lgn", "v1", [(0, 0, 100, 0, 0), (1, 0, 100, 0, 1), (2, 4, 101, 0, 2)],
                {0: {"nsyns": np.array([10, 10, 20], "u2")}})
    write_edges(net / "tw_v1_edges.h5", "tw_to_v1", "tw", "v1", [(0, 0, 100, 0, 0), (1, 2, 101, 0, 1)],
                {0: {"nsyns": np.array([5, 5], "u2")}})
    nodes, edges = ["v1", "lgn", "tw"], ["v1_v1", "lgn_v1", "tw_v1"]
    write_config(folder, nodes, edges, {"instanteneousExc.json": {"level_of_detail": "instanteneous", "sign": 1},
                                        "instanteneousInh.json": {"level_of_detail": "instanteneous", "sign": -1}})
    expect_network(folder, nodes, edges, 1)


def pointneurons(folder):
    """AllenInstitute/sonata, examples/300_pointneurons: weights in the edges file, no delay at all for external edges, types
    in an order of their own, empty dynamics_params."""
    net = folder / "network"
    write_nodes(net / "internal_nodes.h5", "internal", [100, 104, 101, 100], x=np.arange(4.0), rotation_angle_yaxis=np.zeros(4))
    write_nodes(net / "external_nodes.h5", "external", [100] * 3)
    write_types(net / "internal_node_types.csv", "node_type_id ei model_template model_type dynamics_params model_name",
                "104 i nest:iaf_psc_alpha point_process 473862421_point.json PV2",
                "100 e nest:iaf_psc_alpha point_process 472363762_point.json Scnn1a",
                "101 e nest:iaf_psc_alpha point_process 473863510_point.json Rorb")
    write_types(net / "external_node_types.csv", "node_type_id model_type ei", "100 virtual e")
    write_types(net / "internal_internal_edge_types.csv",
                "edge_type_id target_query source_query delay dynamics_params model_template",
                "100 ei=='e' ei=='e' 2.0 ExcToExc.json static_synapse", "102 ei=='e' ei=='i' 2.5 InhToExc.json static_synapse")
    write_types(net / "external_internal_edge_types.csv", "edge_type_id target_query source_query dynamics_params model_template",
                "100 ei=='e' * ExcToExc.json static_synapse", "101 ei=='i' * ExcToInh.json static_synapse")
    write_edges(net / "internal_internal_edges.h5", "internal_to_internal", "internal", "internal",
                [(0, 2, 100, 0, 0), (1, 0, 102, 0, 1), (1, 3, 102, 0, 2), (3, 0, 100, 0, 3)],
                {0: {"syn_weight": [2.5, -7.5, -3.0, 2.5]}})
    write_edges(net / "external_internal_edges.h5", "external_to_internal", "external", "internal",
                [(0, 0, 100, 0, 0), (2, 1, 101, 0, 1), (1, 0, 100, 0, 2)], {0: {"syn_weight": [50.0, 65.0, 50.0]}})
    nodes, edges = ["internal", "external"], ["internal_internal", "external_internal"]
    write_config(folder, nodes, edges, {"ExcToExc.json": {}, "ExcToInh.json": {}, "InhToExc.json": {}})
    expect_network(folder, nodes, edges, 500, delay=4)


def ten_cells(folder):
    """AllenInstitute/sonata, examples/sim_tests/intfire/ten_cells_spikes_nrn: the index is called `indicies`, and delays 0.0."""
    net = folder / "network"
    write_nodes(net / "pre_nodes.h5", "pre", [100] * 3)
    write_nodes(net / "post_nodes.h5", "post", [100] * 2)
    write_types(net / "pre_node_types.csv", "node_type_id model_type ei location pop_name", "100 virtual e TW VirtualCells")
    write_types(net / "post_node_types.csv", "node_type_id ei pop_name location model_template model_type dynamics_params",
                "100 e Exc VisL4 nrn:IntFire1 point_process IntFire1_exc_1.json")
    write_types(net / "pre_post_edge_types.csv",
                "edge_type_id target_query source_query delay weight_function syn_weight dynamics_params",
                "100 pop_name=='Exc' * 0.0 wmax 5 instanteneousExc.json")
    write_edges(net / "pre_post_edges.h5", "pre_to_post", "pre", "post",
                [(0, 0, 100, 0, 0), (1, 0, 100, 0, 1), (2, 1, 100, 0, 2)], {0: {"nsyns": np.ones(3, "u2")}}, "indicies")
    write_config(folder, ["pre", "post"], ["pre_post"],
                 {"instanteneousExc.json": {"level_of_detail": "instanteneous", "sign": 1}})
    expect_network(folder, ["pre", "post"], ["pre_post"], 10)


def layer4(folder):
    """AllenInstitute/sonata, examples/layer4_sample, l4_l4_edges.h5: two groups with different attributes, each edge at its own
    row of its group. Our neurons are points, and the groups alternate; nodes are in two groups and not in the order of ids."""
    net = folder / "network"
    with h5py.File(net / "l4_nodes.h5", "w") as f:
        g = f.create_group("nodes/l4")
        g["node_id"], g["node_type_id"] = np.array([2, 0, 1], "u8"), np.array([100, 100, 105], "u8")
        g["node_group_id"], g["node_group_index"] = np.array([0, 1, 0], "u4"), np.array([1, 0, 0], "u8")
        g["0/v_th"], g["1/v_th"] = [10.0, 20.0], [30.0]  # of ids 1, 2 and 0
    write_nodes(net / "lgn_nodes.h5", "lgn", [100] * 2)
    write_types(net / "l4_node_types.csv", "node_type_id ei model_type model_template", "100 e point_process nrn:IntFire1",
                "105 i point_process nrn:IntFire1")
    write_types(net / "lgn_node_types.csv", "node_type_id e pop_id model_type", "100 e \"tON 001\" virtual")
    write_types(net / "l4_l4_edge_types.csv", "edge_type_id target_query source_query delay dynamics_params model_template",
                "100 \"ei == 'i'\" ei=='i' 2.0 NULL NULL", "101 * * 3.0 NULL NULL")
    write_types(net / "lgn_l4_edge_types.csv", "edge_type_id delay", "100 2.0")
    write_edges(net / "l4_l4_edges.h5", "l4_to_l4", "l4", "l4",
                [(0, 1, 100, 1, 2), (0, 2, 100, 0, 1), (1, 0, 101, 1, 0), (2, 0, 101, 0, 0), (2, 1, 100, 1, 1)],
                {0: {"syn_weight": [0.25, 0.5], "sec_id": np.array([3, 4], "i4"), "delay": [7.0, 8.0]},
                 1: {"syn_weight": [1.0, 2.0, 4.0]}})
    write_edges(net / "lgn_l4_edges.h5", "lgn_to_l4", "lgn", "l4", [(0, 0, 100, 0, 1), (1, 1, 100, 0, 0)],
                {0: {"syn_weight": [8.0, 16.0]}})
    write_config(folder, ["l4", "lgn"], ["l4_l4", "lgn_l4"])
    expect_network(folder, ["l4", "lgn"], ["l4_l4", "lgn_l4"], "30,10,20")


def libsonata(folder):
    """BlueBrain/libsonata, tests/data/nodes1.h5 and edges1.h5: no types (-1), narrow columns, words by @library, data sets
    without a value, no attribute of the root. syn_weight and delay are ours."""
    net = folder / "network"
    with h5py.File(net / "AB_nodes.h5", "w") as f:
        for name, model in (("nodes-A", "virtual"), ("nodes-B", "point_neuron")):
            g = f.create_group("nodes/" + name)
            g["node_group_id"], g["node_group_index"] = np.zeros(4, "u1"), np.arange(4, dtype="u2")
            g["node_type_id"] = np.full(4, -1, "i4")
            g["0/A-double"] = h5py.Empty("f8")
            g["0/attr-Z"] = ["aa", "bb", "cc", "dd"]
            g["0/model_type"] = np.zeros(4, "i8")
            g["0/@library/model_type"] = [model]
    with h5py.File(net / "AB_edges.h5", "w") as f:
        g = f.create_group("edges/edges-AB")
        g["edge_group_id"], g["edge_group_index"] = np.zeros(6, "u1"), np.arange(6, dtype="u2")
        g["edge_type_id"] = np.full(6, -1, "i4")
        g["source_node_id"], g["target_node_id"] = np.array([1, 1, 2, 2, 3, 3], "u8"), np.array([1, 2, 1, 1, 0, 2], "u8")
        g["source_node_id"].attrs["node_population"], g["target_node_id"].attrs["node_population"] = "nodes-A", "nodes-B"
        g["0/A-double"] = h5py.Empty("f8")
        g["0/syn_weight"], g["0/delay"] = [11.0, 12, 13, 14, 15, 16], np.array([21, 22, 23, 24, 25, 26], "i8")
    (folder / "circuit_config.json").write_text(json.dumps({"networks": {
        "nodes": [{"nodes_file": "network/AB_nodes.h5", "node_types_file": None}],
        "edges": [{"edges_file": "network/AB_edges.h5"}]}}))
    lines = [("population", "nodes-A", "source", 4, 3), ("population", "nodes-B", "neurons", 4, 3)]
    with h5py.File(net / "AB_edges.h5") as f:
        g = f["edges/edges-AB"]
        rows = zip(g["source_node_id"], g["target_node_id"], g["0/syn_weight"], g["0/delay"])
        lines += [("synapse", "edges-AB", s, t, w, float(d)) for s, t, w, d in sorted(rows, key=lambda r: (r[0], r[3]))]
    (folder.parent / "libsonata.network").write_text("\n".join(" ".join(map(str, line)) for line in lines) + "\n")


# SONATA spike files


def write_spikes(path, populations, magic=True):
    """populations: {name or "" for none: (ids, times, name of the ids, sorting)}; writes PATH.spikes too."""
    lines = []
    with h5py.File(path, "w") as f:
        f.attrs.update(MAGIC if magic else {})
        for name, (ids, times, column, sorting) in populations.items():
            g = f.require_group("spikes/" + name)
            g[column], g["timestamps"] = np.array(ids, "u8"), np.array(times, "f8")
            if sorting is not None:
                g.attrs["sorting"] = sorting
    with h5py.File(path) as f:  # what is expected comes from the file
        for name, (_, _, column, _) in populations.items():
            g = f["spikes/" + name]
            for node in np.unique(g[column]):
                of_node = g["timestamps"][()][g[column][()] == node]
                lines.append((name or "spikes", node, of_node.min(), len(of_node) - 1))
    path.with_suffix(".spikes").write_text("\n".join(" ".join(map(str, line)) for line in lines) + "\n")


def spike_files(directory):
    enum = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
    # AllenInstitute/sonata, examples/300_intfire/inputs/lgn_spikes.h5: before populations, sorting `by_gid`
    write_spikes(directory / "lgn.h5", {"": ([0, 0, 0, 2, 2], [445.5, 859.8, 897.2, 129.1, 302.1], "gids", "by_gid")})
    # AllenInstitute/sonata, examples/300_pointneurons/inputs/external_spike_trains.h5: the same without magic
    write_spikes(directory / "external.h5", {"": ([0, 1, 1], [0.38, 40.4, 80.4], "gids", "by_gid")}, magic=False)
    # AllenInstitute/sonata, examples/9_cells/inputs/exc_spike_trains.h5: sorting `none`, a neuron's spikes in any order
    write_spikes(directory / "excvirt.h5", {"excvirt": ([0, 1, 0, 1, 0], [134.6, 9.5, 111.0, 186.3, 148.4], "node_ids", "none")})
    # AllenInstitute/sonata, examples/300_intfire/output/spikes.h5: by_time, many neurons at once
    write_spikes(directory / "v1.h5", {"v1": ([0, 174, 69, 0, 69], [566.942, 566.942, 566.942, 570.0, 571.5], "node_ids", "by_time")})
    # AllenInstitute/sonata, src/pysonata/sonata/tests/reports/spike_trains/spike_files/spikes.h5: sorting `time`
    write_spikes(directory / "pysonata.h5", {"": ([0, 1, 12, 1, 0], [136.6, 136.8, 184.8, 274.5, 275.8], "gids", "time")})
    # BlueBrain/libsonata, tests/data/spikes.h5: an enum, four populations, one of them empty
    write_spikes(directory / "libsonata_spikes.h5", {
        "All": ([5, 2, 3, 2, 3], [0.1, 0.2, 0.3, 0.7, 1.3], "node_ids", np.array(2, enum)),
        "empty": ([], [], "node_ids", np.array(1, enum)),
        "spikes1": ([2, 2, 3, 3, 5], [0.2, 0.7, 0.3, 1.3, 0.1], "node_ids", np.array(1, enum)),
        "spikes2": ([3, 5, 2, 3, 2], [0.3, 0.1, 0.2, 1.3, 0.7], "node_ids", np.array(0, enum))}, magic=False)


# NIR graphs


def write_nir(path, nodes, edges, track_order=False):
    """As nir.write does: arrays compressed, everything else as h5py stores it."""
    def store(group, values):
        for name, value in values.items():
            if isinstance(value, dict):
                store(group.create_group(name, track_order=track_order), value)
            elif isinstance(value, str):
                group.create_dataset(name, data=value, dtype=h5py.string_dtype())
            elif isinstance(value, np.ndarray) and value.ndim > 0:
                group.create_dataset(name, data=value, compression="gzip")
            else:
                group.create_dataset(name, data=value)

    with h5py.File(path, "w", track_order=track_order) as f:
        store(f, {"node": {"nodes": nodes, "type": "NIRGraph"}, "version": "0.2.0"})
        f["node"].create_dataset("edges", data=edges, dtype=h5py.string_dtype())
    expect_layers(path)


def convolve(x, node):
    """Every output on its own, from the definition of a cross-correlation."""
    w = node["weight"][()]
    s, p, d = (np.broadcast_to(node[name][()], 2) for name in ("stride", "padding", "dilation"))
    padded = np.pad(x, ((0, 0), (p[0], p[0]), (p[1], p[1])))
    size = [(padded.shape[1 + i] - d[i] * (w.shape[2 + i] - 1) - 1) // s[i] + 1 for i in range(2)]
    groups = int(node["groups"][()])
    y = np.zeros((w.shape[0], *size))
    for o in range(w.shape[0]):
        first = o // (w.shape[0] // groups) * w.shape[1]
        for r, c in np.ndindex(*size):
            view = padded[first:first + w.shape[1], r * s[0]:r * s[0] + d[0] * w.shape[2]:d[0], c * s[1]:c * s[1] + d[1] * w.shape[3]:d[1]]
            y[o, r, c] = (view[:, :w.shape[2], :w.shape[3]] * w[o]).sum()
    return y + node["bias"][()].reshape(-1, 1, 1)


def convolve_transposed(x, node):
    """Every input on its own, from the definition of torch's ConvTranspose2d."""
    w = node["weight"][()]
    s, p, more = (np.broadcast_to(node[name][()], 2) for name in ("stride", "padding", "output_padding"))
    size = [(x.shape[1 + i] - 1) * s[i] + w.shape[2 + i] + more[i] for i in range(2)]
    y = np.zeros((w.shape[1], *size))
    for i, r, c in np.ndindex(*x.shape):
        y[:, r * s[0]:r * s[0] + w.shape[2], c * s[1]:c * s[1] + w.shape[3]] += x[i, r, c] * w[i]
    return y[:, p[0]:size[0] - p[0], p[1]:size[1] - p[1]] + node["bias"][()].reshape(-1, 1, 1)


def pool(x, node, combine):
    k, s, p = (np.broadcast_to(node[name][()], 2) for name in ("kernel_size", "stride", "padding"))
    padded = np.pad(x, ((0, 0), (p[0], p[0]), (p[1], p[1])))
    size = [(padded.shape[1 + i] - k[i]) // s[i] + 1 for i in range(2)]
    y = np.zeros((x.shape[0], *size))
    for r, c in np.ndindex(*size):
        y[:, r, c] = combine(padded[:, r * s[0]:r * s[0] + k[0], c * s[1]:c * s[1] + k[1]], (1, 2))
    return y


def apply(x, node):
    kind = node["type"][()].decode()
    if kind in ("Linear", "Affine"):
        y = node["weight"][()].astype("f8") @ x.ravel()
        return y + node["bias"][()] if kind == "Affine" else y
    if kind == "Scale":
        return x * node["scale"][()]
    if kind == "Flatten":
        return x.ravel()
    if kind == "Conv2d":
        return convolve(x, node)
    if kind == "ConvTranspose2d":
        return convolve_transposed(x, node)
    return pool(x, node, np.sum if kind == "SumPool2d" else np.mean)


def expect_layers(path):
    """layer NAME SIZE, then threshold, bias and weights [pre][post], from the response to each single input."""
    lines = []
    with h5py.File(path) as f:
        nodes, following = f["node/nodes"], dict((a.decode(), b.decode()) for a, b in f["node/edges"])
        kinds = {name: node["type"][()].decode() for name, node in nodes.items()}
        at = next(name for name, kind in kinds.items() if kind == "Input")
        shape, between = tuple(nodes[at]["shape"][()]), []
        lines.append(("input", at, int(np.prod(shape))))
        while kinds[at] != "Output":
            at = following[at]
            if kinds[at] == "IF":
                def respond(x, between=between, threshold=nodes[at]["v_threshold"][()]):
                    for name in between:
                        x = apply(x, nodes[name])
                    return x.reshape(threshold.shape) if threshold.ndim == 3 else x
                bias = respond(np.zeros(shape))
                units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
                r = np.broadcast_to(nodes[at]["r"][()], bias.shape)
                weights = [((respond(unit) - bias) * r).ravel() for unit in units]
                thresholds = np.broadcast_to(nodes[at]["v_threshold"][()], bias.shape)
                lines += [("layer", at, bias.size), np.ravel(thresholds), (bias * r).ravel(), *weights]
                shape, between = bias.shape, []
            else:
                between = between + [at]
    path.with_suffix(".layers").write_text("\n".join(" ".join(map(str, line)) for line in lines) + "\n")


def whole(*shape, dtype="f4"):
    """Small whole numbers, whose sums of products are exact."""
    size = int(np.prod(shape))
    return (np.arange(size) * 7 % 11 - 5).reshape(shape).astype(dtype)


def node(kind, **values):
    return {**values, "type": kind}


# Of a convolution of 3 x 3 that keeps the size.
SQUARE = {"stride": np.array([1, 1]), "padding": np.array([1, 1]), "dilation": np.array([1, 1]), "groups": 1}


def nir_files(directory):
    # neuromorphs/NIR, paper/02_cnn/cnn_sinabs.nir: names are numbers, edges in no order, IF nodes with three dimensions and
    # without v_reset, Conv2d with stride and padding, SumPool2d, Flatten from dimension 0
    pair = {name: np.array([value, value]) for name, value in {"dilation": 1, "padding": 1}.items()}
    write_nir(directory / "cnn_sinabs.h5", {
        "input": node("Input", shape=np.array([2, 5, 5])),
        "0": node("Conv2d", bias=np.zeros(3, "f4"), weight=whole(3, 2, 3, 3), stride=np.array([2, 2]), groups=1,
                  input_shape=np.array([5, 5]), **pair),
        "1": node("IF", r=np.ones((3, 3, 3), "f4"), v_threshold=np.ones((3, 3, 3), "f4")),
        "4": node("SumPool2d", kernel_size=np.array([2, 2]), padding=np.array([0, 0]), stride=np.array([1, 1])),
        "8": node("Flatten", start_dim=0, end_dim=-1, input_type=np.array([3, 2, 2])),
        "9": node("Affine", bias=np.zeros(4, "f4"), weight=whole(4, 12)),
        "10": node("IF", r=np.ones(4, "f4"), v_threshold=np.ones(4, "f4")),
        "output": node("Output", shape=np.array([4]))},
        [["8", "9"], ["10", "output"], ["0", "1"], ["4", "8"], ["input", "0"], ["9", "10"], ["1", "4"]])
    # norse/norse, to_nir of an IAFCell: parameters without dimensions
    write_nir(directory / "norse_iaf.h5", {
        "input": node("Input", shape=np.array([3])), "0": node("Affine", weight=whole(2, 3), bias=np.array([0.5, -2], "f4")),
        "1": node("IF", r=np.float32(2), v_threshold=np.float32(1.5), v_reset=np.float32(0)),
        "output": node("Output", shape=np.array([2]))}, [["input", "0"], ["0", "1"], ["1", "output"]])
    # fangwei123456/spikingjelly, export_to_nir: r = 1 / dt, biases of f64, AvgPool2d with numbers in place of pairs, groups
    write_nir(directory / "spikingjelly.h5", {
        "input": node("Input", shape=np.array([2, 4, 4])),
        "conv": node("Conv2d", bias=np.zeros(4), weight=whole(4, 1, 2, 2), stride=np.array([1, 1]), groups=2,
                     dilation=np.array([2, 2]), padding=np.array([0, 0]), input_shape=np.array([4, 4])),
        "sn": node("IF", r=np.full((4, 2, 2), 1e4), v_threshold=np.full((4, 2, 2), 1.0), v_reset=np.zeros((4, 2, 2))),
        "pool": node("AvgPool2d", kernel_size=2, stride=2, padding=0),
        "flat": node("Flatten", start_dim=0, end_dim=-1, input_type=np.array([4, 1, 1])),
        "fc": node("Linear", weight=whole(3, 4)),
        "sn2": node("IF", r=np.full(3, 1e4), v_threshold=np.full(3, 1.0), v_reset=np.zeros(3)),
        "output": node("Output", shape=np.array([3]))},
        [["input", "conv"], ["conv", "sn"], ["sn", "pool"], ["pool", "flat"], ["flat", "fc"], ["fc", "sn2"], ["sn2", "output"]])
    # BindsNET, to_nir: Linear X_to_Y, and IF nodes with a reset that is not 0
    write_nir(directory / "bindsnet.h5", {
        "X": node("Input", shape=np.array([2])), "X_to_Y": node("Linear", weight=whole(3, 2)),
        "Y": node("IF", r=np.ones(3), v_threshold=np.full(3, 52.0), v_reset=np.full(3, 13.0)),
        "output_Y": node("Output", shape=np.array([3]))}, [["X", "X_to_Y"], ["X_to_Y", "Y"], ["Y", "output_Y"]])
    # kmheckel/spyx, to_nir: r is the number 1, the threshold has no dimension, layers are called layer_<i>
    write_nir(directory / "spyx.h5", {
        "input": node("Input", shape=np.array([2])), "output": node("Output", shape=np.array([2])),
        "layer_0": node("Linear", weight=whole(4, 2)), "layer_1": node("IF", r=1, v_threshold=np.array(2.0), v_reset=np.array(0.0)),
        "layer_2": node("Affine", weight=whole(2, 4), bias=np.array([1, 2], "f4")),
        "layer_3": node("IF", r=1, v_threshold=np.array(1), v_reset=np.array(0))},
        [["input", "layer_0"], ["layer_0", "layer_1"], ["layer_1", "layer_2"], ["layer_2", "layer_3"], ["layer_3", "output"]])
    # neuromorphs/NIR, tests/test_readwrite.py: Scale, whole numbers, maps in a row, metadata of nodes, members in the order in
    # which they were made
    metadata = {"some": "metadata", "with": 2, "data": np.array([1, 2, 3])}
    write_nir(directory / "nir_tests.h5", {
        "output": node("Output", shape=np.array([2]), metadata=metadata), "input": node("Input", shape=np.array([3])),
        "if": node("IF", v_threshold=np.array([1, 2]), v_reset=np.array([0, 0]), r=np.array([1, 3]), metadata=metadata),
        "scale": node("Scale", scale=np.array([1, 2, 3])), "a": node("Affine", weight=whole(4, 3, dtype="i8"), bias=np.arange(4)),
        "b": node("Linear", weight=whole(2, 4, dtype="f8")), "half": node("Scale", scale=np.array(0.5))},
        [["input", "scale"], ["scale", "a"], ["a", "b"], ["b", "half"], ["half", "if"], ["if", "output"]], track_order=True)
    # a torch module by nirtorch: convolutions, pooling, Flatten before and after them, r of each channel, parameters of
    # neurons of their own
    write_nir(directory / "torch_cnn.h5", {
        "input": node("Input", shape=np.array([2, 7, 6])),
        "conv1": node("Conv2d", weight=whole(3, 2, 3, 3), bias=np.array([1, 0, -2], "f4"), **SQUARE),
        "if1": node("IF", r=np.array([2, 1, 0.5], "f4").reshape(3, 1, 1) * np.ones((3, 7, 6), "f4"),
                    v_threshold=np.arange(1, 127, dtype="f4").reshape(3, 7, 6)),
        "pool": node("AvgPool2d", kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
        "conv2": node("Conv2d", weight=whole(4, 3, 2, 2), bias=np.zeros(4, "f4"), **{**SQUARE, "padding": np.array([0, 0])}),
        "flat": node("Flatten", start_dim=0, end_dim=-1),
        "if2": node("IF", r=np.ones(16, "f4"), v_threshold=np.arange(1, 17, dtype="f4")),
        "fc": node("Affine", weight=whole(5, 16), bias=np.arange(5, dtype="f4")), "if3": node("IF", r=1, v_threshold=np.float32(1)),
        "output": node("Output", shape=np.array([5]))},
        [["input", "conv1"], ["conv1", "if1"], ["if1", "pool"], ["pool", "conv2"], ["conv2", "flat"], ["flat", "if2"],
         ["if2", "fc"], ["fc", "if3"], ["if3", "output"]])
    # our extension, ConvTranspose2d: a vector becomes a grid at the IF node; a matrix behind two pools; r of each neuron, and
    # neurons in a grid behind a matrix behind a pool, whose weights cannot be shared
    write_nir(directory / "transposed.h5", {
        "input": node("Input", shape=np.array([3])), "fc": node("Linear", weight=whole(8, 3)),
        "if": node("IF", r=np.ones((2, 2, 2), "f4"), v_threshold=np.arange(1, 9, dtype="f4").reshape(2, 2, 2)),
        "up": node("ConvTranspose2d", weight=whole(2, 3, 4, 4), bias=np.array([1, 2, 3], "f4"), output_padding=np.array([1, 0]),
                   **{**SQUARE, "stride": np.array([2, 2])}),
        "if_up": node("IF", r=1, v_threshold=np.arange(1, 61, dtype="f4").reshape(3, 5, 4)),
        "pool": node("AvgPool2d", kernel_size=2, stride=2, padding=0),
        "pool2": node("AvgPool2d", kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
        "flat": node("Flatten", start_dim=0, end_dim=-1), "whole": node("Affine", weight=whole(4, 3), bias=np.ones(4, "f4")),
        "if_whole": node("IF", r=np.ones((4, 1, 1), "f4"), v_threshold=np.ones((4, 1, 1), "f4")),
        "up2": node("ConvTranspose2d", weight=whole(4, 2, 2, 2), bias=np.zeros(2, "f4"), output_padding=np.array([0, 0]),
                    **{**SQUARE, "padding": np.array([0, 0])}),
        "if_r": node("IF", r=np.arange(1, 9, dtype="f4").reshape(2, 2, 2), v_threshold=np.ones((2, 2, 2), "f4")),
        "pool3": node("AvgPool2d", kernel_size=2, stride=2, padding=0), "flat3": node("Flatten", start_dim=0, end_dim=-1),
        "grid": node("Linear", weight=whole(6, 2)),
        "if_grid": node("IF", r=1, v_threshold=np.arange(1, 7, dtype="f4").reshape(3, 2, 1)),
        "output": node("Output", shape=np.array([3, 2, 1]))},
        [["input", "fc"], ["fc", "if"], ["if", "up"], ["up", "if_up"], ["if_up", "pool"], ["pool", "pool2"], ["pool2", "flat"],
         ["flat", "whole"], ["whole", "if_whole"], ["if_whole", "up2"], ["up2", "if_r"], ["if_r", "pool3"], ["pool3", "flat3"],
         ["flat3", "grid"], ["grid", "if_grid"], ["if_grid", "output"]])


def main(directory):
    for network in (intfire, pointneurons, ten_cells, layer4, libsonata):
        folder = directory / network.__name__
        (folder / "network").mkdir(parents=True)
        network(folder)
    spike_files(directory)
    nir_files(directory)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
