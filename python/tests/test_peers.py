"""Round trips through other packages: nir, libsonata, h5py."""

import h5py
import libsonata
import nir
import numpy as np
import pytest

import firstspike as fs
from test_classifier import KINDS, SMALL


def graph(middle):
    """Input, one node, IF, Output: 2 sources and 3 neurons."""
    nodes = {
        "input": nir.Input(input_type={"input": np.array([2])}),
        "fc": middle,
        "if": nir.IF(r=np.full(3, 0.5), v_threshold=np.array([0.25, 0.375, 0.5])),
        "output": nir.Output(output_type={"output": np.array([3])}),
    }
    return nir.NIRGraph(nodes=nodes, edges=[("input", "fc"), ("fc", "if"), ("if", "output")], type_check=False)


WEIGHT = np.array([[1.0, 0.5], [0.25, 2.0], [1.0, 1.0]], dtype=np.float32)  # nir: [post, pre]
ANSWERS = dict(kernel="step", delay=1, t_max=20)


def test_a_graph_of_linear_and_if_nodes_runs():
    net = fs.from_nir(graph(nir.Linear(weight=WEIGHT)), **ANSWERS)
    assert isinstance(net, fs.Network) and net.t_max == 20
    # r w = 0.5 w: neuron 0 gets 0.5 at 1 > 0.25; neuron 1 gets 0.125 at 1, 1 at 4; neuron 2 gets 0.5 at 1, which is
    # not above 0.5, and 0.5 at 4.
    np.testing.assert_array_equal(fs.simulate(net, [[0, 3]])["if"], [[1, 4, 4]])
    np.testing.assert_array_equal(net.weights("input", "if"), 0.5 * WEIGHT.T)


def test_a_graph_of_affine_nodes_runs():
    g = graph(nir.Affine(weight=WEIGHT, bias=np.array([0.5, 0.0, 0.25])))
    net = fs.from_nir(g, kernel="ramp", delay=0, t_max=20)
    # Neuron 0: 0.5 (1 + 0.5) t = 0.25 at t = 1/3.
    assert fs.simulate(net, [[0, np.inf]])["if"][0, 0] == 1 / 3


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: "-".join(str(v) for v in k.values()))
def test_nir_reads_every_classifier_and_gives_it_back(kind, digits, tmp_path):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.LayerWarning)
        clf = fs.Classifier(**{**SMALL, **kind, "epochs": 1}).fit(*digits[:2])
    clf.save(tmp_path / "m.h5")
    for g in (nir.read(tmp_path / "m.h5"), clf.to_nir(), fs.to_nir(clf)):
        types = {type(n).__name__ for n in g.nodes.values()}
        assert types <= {"Input", "Linear", "Affine", "IF", "Output"} and "IF" in types
        first = g.nodes["input_to_hidden" if "input_to_hidden" in g.nodes else "input_to_hidden1"]
        layer = [p.name for p in clf.network.populations.values() if p.kind == "neurons"][0]
        np.testing.assert_array_equal(first.weight.T, clf.network.weights("input", layer))
        same = fs.from_nir(g)
        assert isinstance(same, fs.Classifier)
        np.testing.assert_array_equal(same.simulate(digits[2]).times, clf.simulate(digits[2]).times)
        assert same.evaluate(digits[2], digits[3])["accuracy"] == clf.score(digits[2], digits[3])


def test_nir_reads_a_generator_and_gives_it_back(gan):
    same = fs.from_nir(gan.to_nir())
    assert isinstance(same, fs.GAN)
    np.testing.assert_array_equal(same.generate(5), gan.generate(5))


def test_a_network_goes_through_nir():
    net = fs.from_nir(graph(nir.Linear(weight=WEIGHT)), **ANSWERS)
    again = fs.from_nir(net.to_nir())
    times = np.random.default_rng(1).integers(0, 9, (20, 2)).astype(float)
    np.testing.assert_array_equal(fs.simulate(again, times).times, fs.simulate(net, times).times)
    clf = fs.from_nir(graph(nir.Linear(weight=WEIGHT)), t_in=8, label_map=[3, 5, 9], **ANSWERS)
    np.testing.assert_array_equal(clf.classes_, [3, 5, 9])
    assert clf.predict(np.array([[255, 0], [0, 255]], dtype=np.uint8)).tolist() == [3, 5]


def test_graphs_that_are_not_supported_are_refused_with_their_place():
    with pytest.raises(ValueError, match="kernel"):
        fs.from_nir(graph(nir.Linear(weight=WEIGHT)))
    with pytest.raises(ValueError, match="one_spike"):
        fs.from_nir(graph(nir.Linear(weight=WEIGHT)), one_spike=False, **ANSWERS)
    three = np.ones(3)
    with pytest.raises(ValueError, match="graph: .*fc.*LIF"):
        fs.from_nir(graph(nir.LIF(tau=three, r=three, v_leak=three, v_threshold=three)), **ANSWERS)
    with pytest.raises(ValueError, match="allowed: a nir.NIRGraph"):
        fs.from_nir("graph")
    net = fs.Network()
    net.add_source("in", 1)
    net.add_neurons("out", 1)
    net.connect("in", "out", [1.0], indices=([0], [0]))
    with pytest.raises(ValueError, match="sparse"):
        net.to_nir(t_max=5)


def test_libsonata_reads_our_traces(trained, digits, tmp_path):
    record = trained.simulate(digits[2])
    fs.write_trace(tmp_path / "t.h5", record)
    reader = libsonata.SpikeReader(str(tmp_path / "t.h5"))
    assert sorted(reader.get_population_names()) == sorted(record.populations)
    trace = fs.read_trace(tmp_path / "t.h5")
    for name in record.populations:
        found = sorted(reader[name].get())
        own = sorted(zip(trace[name].node_ids.tolist(), trace[name].timestamps.tolist(), strict=True))
        assert found == own and len(found) == np.isfinite(record[name]).sum()


def test_libsonata_reads_our_membrane_reports(trained, digits, tmp_path):
    fs.write_trace(tmp_path / "t.h5", trained.simulate(digits[2][:1], potentials=True), model=trained)
    fs.export(tmp_path / "t.h5", tmp_path / "v.h5", format="membrane", dt=8.0)
    report = libsonata.ElementReportReader(str(tmp_path / "v.h5"))
    names = report.get_population_names()
    assert "hidden" in names and "output" in names
    frames = report["output"].get()
    assert frames.data.shape == (len(frames.times), 10)
    with h5py.File(tmp_path / "v.h5") as file:
        np.testing.assert_array_equal(frames.data, file["report/output/data"][()])


def test_libsonata_and_h5py_read_our_networks(tmp_path):
    net = fs.Network()
    net.add_source("in", 3)
    net.add_neurons("out", 2, v_th=[0.5, 1.5])
    net.connect("in", "out", [0.25, 1.0, 2.0], delay=[1, 2, 1], indices=([0, 1, 2], [0, 1, 1]))
    net.save(tmp_path / "n.h5")
    nodes = libsonata.NodeStorage(str(tmp_path / "n.h5"))
    assert nodes.population_names == {"in", "out"}
    out = nodes.open_population("out")
    assert out.size == 2 and out.get_attribute("v_th", out.select_all()).tolist() == [0.5, 1.5]
    edges = libsonata.EdgeStorage(str(tmp_path / "n.h5"))
    (name,) = edges.population_names
    synapses = edges.open_population(name)
    everything = synapses.select_all()
    assert synapses.source_nodes(everything).tolist() == [0, 1, 2]
    assert synapses.target_nodes(everything).tolist() == [0, 1, 1]
    assert synapses.get_attribute("syn_weight", everything).tolist() == [0.25, 1, 2]
    assert synapses.get_attribute("delay", everything).tolist() == [1, 2, 1]


def test_layers_that_nir_does_not_have_are_refused():
    net = fs.Network()
    net.add_source("in", (2, 2, 1))
    net.add_neurons("out", (4, 4, 3))
    net.connect_convolution("in", "out", np.ones((1, 3, 2, 2)), stride=2, transposed=True)
    with pytest.raises(ValueError, match="^the nir package cannot represent this model: "):
        net.to_nir(t_max=5)
    net = fs.Network()
    net.add_source("in", 4)
    net.add_neurons("out", (2, 2, 1))
    net.connect("in", "out", np.ones((4, 4)))
    with pytest.raises(ValueError, match="^the nir package cannot represent this model: .*in_to_out"):
        net.to_nir(t_max=5)


def test_libsonata_reads_networks_with_convolutions_and_their_expansion(tmp_path):
    random = np.random.default_rng(5)
    net = fs.Network()
    image = net.add_source("image", (5, 4, 2))
    layer = net.add_neurons("layer", (2, 1, 3), v_th=1.5)
    more = net.add_neurons("more", 2)
    kernel = random.integers(-8, 8, (3, 2, 1, 2)).astype(float)
    net.connect_convolution(image, layer, kernel, pool=2, delay=1)
    net.connect(layer, more, random.random((6, 2)), delay=1)
    net.save(tmp_path / "n.h5")
    nodes = libsonata.NodeStorage(str(tmp_path / "n.h5"))
    assert nodes.population_names == {"image", "layer", "more"} and nodes.open_population("layer").size == 6
    edges = libsonata.EdgeStorage(str(tmp_path / "n.h5"))
    assert edges.population_names == {"1_layer_to_more"} and edges.open_population("1_layer_to_more").size == 12

    net.save(tmp_path / "x.h5", expand=True)
    edges = libsonata.EdgeStorage(str(tmp_path / "x.h5"))
    assert edges.population_names == {"0_image_to_layer", "1_layer_to_more"}
    synapses = edges.open_population("0_image_to_layer")
    everything = synapses.select_all()
    found = np.zeros((5, 4, 2, 2, 1, 3))
    places = np.unravel_index(synapses.source_nodes(everything), (5, 4, 2))
    found[(*places, *np.unravel_index(synapses.target_nodes(everything), (2, 1, 3)))] = synapses.get_attribute(
        "syn_weight", everything
    )
    expected = np.zeros_like(found)
    for row, column in np.ndindex(4, 4):  # the last row fills no window of 2 x 2
        expected[row, column, :, row // 2, 0] = kernel[:, :, 0, column // 2].T / 4
    np.testing.assert_array_equal(found, expected)
    assert synapses.size == net.projections[0].synapses == 32 * 3
    assert set(synapses.get_attribute("delay", everything).tolist()) == {1}
    times = random.integers(0, 9, (20, 40)).astype(float)
    again = fs.read_network(tmp_path / "x.h5")
    assert again.projections[0].sparse and again.populations["layer"].shape == (2, 1, 3)
    np.testing.assert_array_equal(fs.simulate(again, times, t_max=20).times, fs.simulate(net, times, t_max=20).times)


def test_an_expanded_network_of_single_precision_has_its_results(tmp_path):
    random = np.random.default_rng(6)
    net = fs.Network("f32")
    image = net.add_source("image", (9, 9, 1))
    layer = net.add_neurons("layer", (3, 3, 4), v_th=0.1)
    net.connect_convolution(image, layer, random.normal(size=(4, 1, 1, 1)), pool=3, kernel="ramp")
    net.save(tmp_path / "x.h5", expand=True)
    again = fs.read_network(tmp_path / "x.h5", precision="f32")
    times = random.integers(0, 9, (50, 81)).astype(float)
    found, expected = (fs.simulate(n, times, t_max=20, potentials=True) for n in (again, net))
    np.testing.assert_array_equal(found.times, expected.times)
    np.testing.assert_array_equal(found.potentials, expected.potentials)


def test_a_graph_of_torch_s_convolutions_computes_what_torch_computes():
    torch = pytest.importorskip("torch")
    from torch import nn

    random = np.random.default_rng(7)

    def whole(*shape):
        return torch.from_numpy(random.integers(-4, 5, shape).astype(np.float32))

    one, two, last = nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.Conv2d(3, 4, (2, 2)), nn.Linear(16, 5)
    pool, flatten = nn.AvgPool2d(2), nn.Flatten()
    with torch.no_grad():
        for module in (one, two, last):
            module.weight.copy_(whole(*module.weight.shape))
            module.bias.zero_()

    def convolution(module, rows):
        how = {name: getattr(module, name) for name in ("stride", "padding", "dilation", "groups")}
        return nir.Conv2d(
            input_shape=(rows, rows), weight=module.weight.detach().numpy(), bias=module.bias.detach().numpy(), **how
        )

    def neurons(*shape):
        return nir.IF(r=np.ones(shape, "f4"), v_threshold=random.integers(1, 9, shape).astype("f4") - np.float32(0.5))

    nodes = {
        "input": nir.Input(input_type={"input": np.array([2, 12, 12])}),
        "one": convolution(one, 12),
        "a": neurons(3, 6, 6),
        "pool": nir.AvgPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
        "two": convolution(two, 3),
        "b": neurons(4, 2, 2),
        "flatten": nir.Flatten(input_type={"input": np.array([4, 2, 2])}, start_dim=0),
        "last": nir.Affine(weight=last.weight.detach().numpy(), bias=last.bias.detach().numpy()),
        "c": neurons(5),
        "output": nir.Output(output_type={"output": np.array([5])}),
    }
    names = list(nodes)
    net = fs.from_nir(nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:]))), kernel="step", delay=0, t_max=9)
    found = [p.convolution for p in net.projections]
    assert found == [fs.Convolution(3, 3, 2, 1, False, 1), fs.Convolution(2, 2, 1, 0, False, 2), None]
    fired = random.random((50, 2, 12, 12)) < 0.3
    channels_last = np.where(fired, 0.0, np.inf).transpose(0, 2, 3, 1).reshape(50, -1)
    record = fs.simulate(net, channels_last)
    x = torch.from_numpy(fired.astype(np.float32))
    with torch.no_grad():
        for name, maps in {"a": (one,), "b": (pool, two), "c": (flatten, last)}.items():
            for module in maps:
                x = module(x)
            x = (x > torch.from_numpy(nodes[name].v_threshold)).float()
            shape = net.populations[name].shape
            found = np.isfinite(record[name])
            if len(x.shape) == 4:
                assert shape == (*x.shape[2:], x.shape[1])
                found = found.reshape(50, *shape).transpose(0, 3, 1, 2)
            np.testing.assert_array_equal(found, x.numpy() == 1)
            assert 0.1 < found.mean() < 0.9
    again = fs.from_nir(net.to_nir())
    np.testing.assert_array_equal(fs.simulate(again, channels_last).times, record.times)


def test_spikes_of_h5py_are_read(tmp_path):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        spikes = file.create_group("spikes/cells")
        spikes["node_ids"] = np.array([2, 0, 2], dtype=np.uint64)
        spikes["timestamps"] = np.array([0.5, 1.5, 4.0])
    with pytest.raises(OSError, match="more than once|twice|again"):
        fs.read_trace(tmp_path / "s.h5")
    trace = fs.read_trace(tmp_path / "s.h5", first_spikes=True)
    np.testing.assert_array_equal(trace["cells"].times(), [[1.5, np.inf, 0.5]])
    assert trace["cells"].left_out == 1


def run_nir(graph, image, t_in):
    """The activations of a graph of clipped ReLU neurons, channels first, computed by NumPy from NIR's fields."""
    following = dict(graph.edges)
    x = image
    name = following["input"]
    while not isinstance(graph.nodes[name], nir.Output):
        node = graph.nodes[name]
        if isinstance(node, nir.Conv2d):
            assert tuple(node.stride) == (1, 1) and tuple(node.padding) == (0, 0)
            kernel = node.weight.shape[2:]
            windows = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(1, 2))
            x = np.einsum("crsij,ocij->ors", windows, node.weight.astype(float)) + node.bias[:, None, None]
        elif isinstance(node, nir.AvgPool2d):
            p = int(node.kernel_size[0])
            x = x.reshape(x.shape[0], x.shape[1] // p, p, x.shape[2] // p, p).mean(axis=(2, 4))
        elif isinstance(node, nir.Flatten):
            x = x.ravel()
        elif isinstance(node, nir.Affine):
            x = node.weight.astype(float) @ x + node.bias
        else:
            assert isinstance(node, nir.IF)
            scale = node.v_threshold / t_in
            x = np.clip(x, 0, scale) / scale
        name = following[name]
    return x


def test_a_convolutional_classifier_goes_through_nir(digits, tmp_path):
    images, labels, _, _ = digits
    clf = fs.Classifier(layers="conv 4x5 / pool 2 / conv 6x5 / pool 2 / dense 20", regime="relu", validation=50)
    clf.fit(images[:200], labels[:200], epochs=1)
    clf.save(tmp_path / "m.h5")
    graph = nir.read(tmp_path / "m.h5")
    kinds = [type(node).__name__ for node in graph.nodes.values()]
    assert sorted(set(kinds)) == ["Affine", "AvgPool2d", "Conv2d", "Flatten", "IF", "Input", "Output"]
    record = clf.simulate(images[200:210])
    output = clf.network.populations["output"]
    for sample, image in enumerate(images[200:210]):
        pixels = 1 - fs.encode(image.reshape(1, -1), clf.t_in)[0] / clf.t_in
        x = np.where(np.isfinite(pixels), pixels, 0).reshape(1, 28, 28)
        expected = run_nir(graph, x, clf.t_in)
        times = record["output"][sample]
        found = np.where(np.isfinite(times), 1 - (times - output.t_fire) / clf.t_in, 0)
        np.testing.assert_allclose(found, expected, atol=1e-4)
    same = fs.from_nir(clf.to_nir())
    assert (same.simulate(images[200:210]).times == record.times).all()
