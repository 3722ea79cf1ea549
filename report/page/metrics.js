// Metrics over training: columns of metrics.csv with the same unit share a chart.
const metricGroups = [
  {title: "Loss", unit: "", columns: ["loss", "generator_loss", "discriminator_loss"]},
  {title: "Discriminator accuracy", unit: "%", columns: ["real_called_real", "fake_called_fake"]},
  {title: "Accuracy", unit: "%", columns: ["accuracy", "accuracy_ties_counted", "accuracy_silent_wrong", "train_accuracy"]},
  {title: "Decision time", unit: "steps", columns: ["decision_time"]},
  {title: "Spikes per image", unit: "spikes", columns: ["spikes_to_decision", "spikes_full"]},
  {title: "Images without an output spike", unit: "%", columns: ["no_spike_fraction", "no_spike"]},  // until 0.2.0: no_spike
  {title: "Reinitialised hidden neurons", unit: "neurons", columns: ["renewed"]},
];
const mostPoints = 1000;  // per column; Chart.js keeps the lowest and highest value of each interval

const metricText = (value, unit) => unit === "%" ? `${value.toFixed(2)} %` : `${shortNumber(value)}${unit ? " " + unit : ""}`;

function groupsOf(metrics) {
  const known = metricGroups.map((group) => ({...group, columns: group.columns.filter((name) => metrics.names.includes(name))}));
  const named = known.flatMap((group) => group.columns);
  const others = metrics.names.slice(1).filter((name) => !named.includes(name)).map((name) => ({title: name.replaceAll("_", " "), unit: "", columns: [name]}));
  return [...known.filter((group) => group.columns.length > 0), ...others];
}

function metricPoints(metrics, column, unit) {
  const values = metrics.columns[metrics.names.indexOf(column)];
  return metrics.columns[0].map((step, row) => ({x: step, y: unit === "%" ? 100 * values[row] : values[row]}));
}

function addMetricChart(parent, metrics, {title, unit, columns}) {
  const rows = metrics.columns[0].length;
  const datasets = columns.map((column, index) => ({
    label: column.replaceAll("_", " "), data: metricPoints(metrics, column, unit), colour: `series-${index}`, borderWidth: 2,
    pointRadius: rows <= 60 ? 3 : 0, pointHoverRadius: 5, valueText: ({y}) => metricText(y, unit)}));
  const highest = Math.max(...datasets.flatMap(({data}) => data.map(({y}) => y)));
  const whole = unit === "images" || unit === "neurons";
  const options = {
    parsing: false, normalized: true,
    plugins: {decimation: {enabled: rows > mostPoints, algorithm: "min-max", threshold: mostPoints}},
    scales: {x: axis(metrics.names[0], {type: "linear"}), y: axis(unit, whole ? {min: 0, suggestedMax: 5} : unit === "%" ? {suggestedMax: highest > 95 ? 100 : undefined} : {grace: "5%"})}};
  if (whole) options.scales.y.ticks.precision = 0;
  const figure = addFigure(parent, unit ? `${title} [${unit}]` : title, {type: "line", data: {datasets}, options},
      (index) => `${metrics.names[0]} ${wholeNumber(metrics.columns[0][index])}`);
  figure.reading.textContent = readingAt(figure.chart, rows - 1);
  figure.chart.options.plugins.tooltip.callbacks.title = ([item]) => `${metrics.names[0]} ${wholeNumber(item.parsed.x)}`;
}

function addTile(tiles, name, value) {
  tiles.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
}

// The last row up to the training step of the model that was kept.
function modelRow(metrics, modelStep) {
  const after = metrics.columns[0].findIndex((step) => step > modelStep);
  return modelStep === null || after < 0 ? metrics.columns[0].length - 1 : Math.max(0, after - 1);
}

function showMetrics({metrics, model_step: modelStep, accuracy}) {
  const rows = metrics.columns.length ? metrics.columns[0].length : 0;
  if (rows === 0) {
    byId("metrics").append(element("p", {}, "No training step has been reported yet."));
    return;
  }
  const row = modelRow(metrics, modelStep);
  addTile(byId("summary"), metrics.names[0] + "s", wholeNumber(metrics.columns[0][rows - 1]));
  if (row < rows - 1) addTile(byId("summary"), "the model is that of step", wholeNumber(modelStep));
  if (accuracy) addTile(byId("summary"), `accuracy on ${accuracy.images}`, metricText(100 * accuracy.accuracy, "%"));
  for (const group of groupsOf(metrics)) {
    addMetricChart(byId("metrics"), metrics, group);
    for (const column of group.columns.length > 2 ? group.columns.slice(0, 1) : group.columns) {
      const {y} = metricPoints(metrics, column, group.unit)[row];
      addTile(byId("summary"), column.replaceAll("_", " "), metricText(y, group.unit));
    }
  }
  if (rows > mostPoints) byId("training").append(element("p", {class: "faint"}, `${wholeNumber(rows)} rows; charts draw at most ${mostPoints} points: the lowest and highest value of each interval.`));
}
