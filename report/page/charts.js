// Additions to Chart.js: colours that follow the theme, a legend of buttons, and values that the arrow keys read.
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.font.family = "system-ui, sans-serif";
Chart.defaults.plugins.legend.display = false;

function axis(title, extra = {}) {
  return {title: {display: Boolean(title), text: title}, ticks: {maxRotation: 0, autoSkipPadding: 12}, grid: {}, ...extra};
}

// update("none") would not change the colours of points.
function paint(chart) {
  for (const scale of Object.values(chart.options.scales)) {
    scale.grid.color = colour("grid");
    scale.grid.borderColor = colour("faint");
    scale.ticks.color = scale.title.color = colour("ink");
  }
  for (const dataset of chart.data.datasets) {
    dataset.borderColor = colour(dataset.colour);
    dataset.backgroundColor = colour(dataset.colour);
    dataset.pointBackgroundColor = dataset.pointBorderColor = dataset.pointHoverBackgroundColor = colour(dataset.colour);
  }
  Object.assign(chart.options.plugins.tooltip, {backgroundColor: colour("ink"), titleColor: colour("paper"), bodyColor: colour("paper")});
  chart.update();
}

function legendOf(chart) {
  const legend = element("div", {class: "legend"});
  chart.data.datasets.forEach((dataset, index) => {
    const button = element("button", {type: "button", "aria-pressed": "true"}, element("span", {class: "swatch"}), dataset.label);
    button.querySelector("span").style.background = `var(--${dataset.colour})`;
    button.addEventListener("click", () => {
      const shown = !chart.isDatasetVisible(index);
      chart.setDatasetVisibility(index, shown);
      button.setAttribute("aria-pressed", shown);
      chart.update();
    });
    legend.append(button);
  });
  return legend;
}

// The values of all visible datasets at one index.
function readingAt(chart, index) {
  const values = chart.data.datasets.filter((dataset, k) => chart.isDatasetVisible(k) && dataset.data[index] !== undefined);
  const texts = values.map((dataset) => `${dataset.label} ${dataset.valueText(dataset.data[index])}`);
  return `${chart.placeText(index)}: ${texts.join(", ")}`;
}

function point(chart, reading, index) {
  const active = chart.data.datasets.map((_, datasetIndex) => ({datasetIndex, index}))
      .filter(({datasetIndex}) => chart.isDatasetVisible(datasetIndex));
  const place = active.length ? chart.getDatasetMeta(active[0].datasetIndex).data[index] : undefined;
  chart.setActiveElements(active);
  if (place) chart.tooltip.setActiveElements(active, {x: place.x, y: place.y});
  chart.update();
  reading.textContent = readingAt(chart, index);
}

function readByKeys(chart, reading) {
  let at = -1;
  chart.canvas.addEventListener("keydown", (event) => {
    const last = Math.max(...chart.data.datasets.map((dataset) => dataset.data.length)) - 1;
    const next = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last}[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    at = Math.min(Math.max(next, 0), last);
    point(chart, reading, at);
  });
  chart.options.onHover = (_, active) => {
    if (active.length) reading.textContent = readingAt(chart, at = active[0].index);
  };
}

// One figure: title, legend where there are several datasets, plot, reading. `config` is Chart.js's, with a `colour` (a
// name of page.css) and valueText(point) in each dataset; placeText(index) is the position of a point as text.
function addFigure(parent, title, config, placeText) {
  const canvas = element("canvas", {tabindex: "0", role: "img", "aria-label": `${title}. The arrow keys read its values.`});
  const reading = element("p", {class: "reading", "aria-live": "polite"});
  const figure = element("figure", {class: "chart"}, element("figcaption", {}, title), element("div", {class: "plot"}, canvas), reading);
  parent.append(figure);
  config.options.interaction = {mode: "index", intersect: false, ...config.options.interaction};
  config.options.plugins = {tooltip: {callbacks: {label: ({dataset, dataIndex}) => `${dataset.label}: ${dataset.valueText(dataset.data[dataIndex])}`}}, ...config.options.plugins};
  const chart = new Chart(canvas, config);
  chart.placeText = placeText;
  if (config.data.datasets.length > 1) figure.querySelector("figcaption").after(legendOf(chart));
  readByKeys(chart, reading);
  const repaint = () => paint(chart);
  whenThemed(repaint);
  const remove = () => {
    darkScheme.removeEventListener("change", repaint);
    chart.destroy();
    figure.remove();
  };
  return {chart, figure, reading, remove};
}
