// Latencies and spike counts of each layer.
let histogramFigures = [];

const share = (count, all) => `${(100 * count / all).toLocaleString("en", {maximumFractionDigits: 1})} %`;

function addHistogram(parent, title, {start, width, counts}, {unit, counted, index}) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const from = (bin) => start + bin * width;
  const range = (bin) => width === 1 && counted === "samples" ? `${from(bin)} ${unit}` : `${from(bin)} to ${from(bin + 1)} ${unit}`;
  const dataset = {label: counted, data: counts, colour: `series-${index}`, barPercentage: 1, categoryPercentage: 0.94,
    valueText: (count) => `${wholeNumber(count)} (${share(count, all)})`};
  const options = {scales: {x: axis(unit, {grid: {display: false}}), y: axis(counted, {beginAtZero: true})}};
  options.scales.y.ticks.precision = 0;
  const data = {labels: counts.map((_, bin) => from(bin)), datasets: [dataset]};
  const figure = addFigure(parent, title, {type: "bar", data, options}, range);
  figure.chart.options.plugins.tooltip.callbacks.title = ([item]) => range(item.dataIndex);
  figure.figure.classList.add("small");
  figure.reading.textContent = `${wholeNumber(all)} ${counted} in all`;
  histogramFigures.push(figure);
}

function addEmpty(parent, title, text) {
  const figure = element("figure", {class: "chart small"}, element("figcaption", {}, title), element("p", {class: "faint"}, text));
  parent.append(figure);
  histogramFigures.push({remove: () => figure.remove()});
}

function showHistograms(scene) {
  byId("histograms").hidden = false;
  histogramFigures.forEach((figure) => figure.remove());
  histogramFigures = [];
  const parent = byId("histogram-charts");
  scene.lanes.forEach((lane, index) => {
    const name = laneTitle(lane);
    if (lane.spikes > 0) addHistogram(parent, `${name}: latency`, lane.latency, {unit: "steps", counted: "spikes", index});
    else addEmpty(parent, `${name}: latency`, `None of its ${wholeNumber(lane.n_nodes)} neurons fired in ${wholeNumber(lane.samples)} samples.`);
    if (lane.samples > 0) addHistogram(parent, `${name}: spikes per sample, of ${wholeNumber(lane.n_nodes)}`, lane.counts, {unit: "spikes", counted: "samples", index});
  });
  const samples = Math.max(...scene.lanes.map((lane) => lane.samples));
  byId("histograms-about").textContent = `All ${wholeNumber(samples)} samples of ${scene.name}; times are relative to the start of each network's run.`;
}
