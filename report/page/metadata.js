// Metadata, options and networks of the run.
function addRows(table, caption, rows) {
  if (rows.length === 0) return;
  table.append(element("caption", {}, caption));
  for (const [name, value] of rows) table.append(element("tr", {}, element("th", {scope: "row"}, name), element("td", {}, value)));
}

function showMetadata(metadata) {
  const isOption = ([name]) => name.startsWith("option.");
  addRows(byId("metadata"), "Metadata", metadata.filter((value) => !isOption(value)));
  addRows(byId("options"), "Options that determine the result of training", metadata.filter(isOption).map(([name, value]) => [name.slice(7), value]));
}

function showNetworks(networks) {
  const heads = ["population", "kind", "neurons", "t_fire [steps]", "threshold_slope", "t_close [steps]"];
  for (const {name, regime, populations} of networks) {
    const caption = element("caption", {}, regime ? `Network ${name}, regime ${regime}` : `Network ${name}`);
    const head = element("tr", {}, ...heads.map((text) => element("th", {scope: "col"}, text)));
    const rows = populations.map(([first, ...rest]) =>
      element("tr", {}, element("th", {scope: "row"}, first), ...rest.map((text) => element("td", {}, text))));
    byId("networks").append(element("table", {}, caption, head, ...rows));
  }
}

function showNotes(notes) {
  byId("notes").hidden = notes.length === 0;
  byId("notes").append(...notes.map((note) => element("li", {}, note)));
}
