// Colours: page.css defines them for light and dark; scripts read them at each drawing.
const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");
const seriesColours = 8;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

function seriesColour(index) {
  return colour("series-" + (index % seriesColours));
}

// Calls `redraw` now and after each change between light and dark.
function whenThemed(redraw) {
  redraw();
  darkScheme.addEventListener("change", redraw);
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);
const wholeNumber = (value) => value.toLocaleString("en");
const shortNumber = (value) => value.toLocaleString("en", {maximumSignificantDigits: 5});
const stepText = (time) => time.toLocaleString("en", {maximumFractionDigits: 2});
