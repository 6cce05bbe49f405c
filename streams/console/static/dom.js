// Elements. Text is only ever set as text, never as markup: what reviews say must not become part of the page.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const el = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
export const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
export const byId = (id) => document.getElementById(id);

/** Set text, and leave what is the same alone: a live region would be read again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const shown = new WeakMap();

/** Draw anew what data has changed; the element with the focus is found again by its data-at. */
export function draw(place, data, make) {
  const seen = JSON.stringify(data);
  if (shown.get(place) === seen) return;
  shown.set(place, seen);
  const at = place.contains(document.activeElement) ? document.activeElement.dataset.at : undefined;
  const scrolled = place.scrollTop;
  place.replaceChildren(...[make(data)].flat().filter((node) => node !== null));
  place.scrollTop = scrolled;
  if (at !== undefined) place.querySelector(`[data-at="${CSS.escape(at)}"]`)?.focus({ preventScroll: true });
}

export function table(caption, headings, rows) {
  return el("table", {},
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, ...headings.map((heading) => el("th", { scope: "col" }, heading)))),
    el("tbody", {}, ...rows.map(([first, ...cells]) => el("tr", {}, el("th", { scope: "row" }, first), ...cells.map((cell) => el("td", {}, cell))))));
}

export const nothing = (text) => el("p", { class: "small" }, text);

/** A masked text, the places of what was masked marked as such. */
export function masked(text) {
  return text.split(/(<[A-Z_]+>)/).map((piece) => (/^<[A-Z_]+>$/.test(piece) ? el("span", { class: "masked" }, piece) : piece));
}
