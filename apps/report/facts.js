// What the run's files say of it.
function addRows(table, caption, rows) {
  if (rows.length === 0) return;
  table.append(element("caption", {}, caption));
  for (const [name, value] of rows) table.append(element("tr", {}, element("th", {scope: "row"}, name), element("td", {}, value)));
}

function showFacts(facts) {
  const isOption = ([name]) => name.startsWith("option.");
  addRows(byId("facts"), "Facts", facts.filter((fact) => !isOption(fact)));
  addRows(byId("options"), "Options that decided what was learnt", facts.filter(isOption).map(([name, value]) => [name.slice(7), value]));
}

function showNotes(notes) {
  byId("notes").hidden = notes.length === 0;
  byId("notes").append(...notes.map((note) => element("li", {}, note)));
}
