// Charts as SVG. Each says in words what it shows, and has a table of the same figures behind it or beside it.
import { svg } from "./dom.js";
import { between, count, moment, percent } from "./format.js";

const LEFT = 40, RIGHT = 8, TOP = 8, BOTTOM = 22;
let ids = 0;

function image(width, height, title, description, ...children) {
  const id = `chart-${++ids}`;
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": `${id}-t ${id}-d` },
    svg("title", { id: `${id}-t` }, title), svg("desc", { id: `${id}-d` }, description), ...children);
}

/** The next round number that is not below n. */
function nice(n) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 3, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= n);
}

export const totals = (windows) => windows.reduce(
  (sum, w) => ({ positive: sum.positive + w.positive, neutral: sum.neutral + w.neutral, negative: sum.negative + w.negative }),
  { positive: 0, neutral: 0, negative: 0 },
);

export const reviewsOf = (w) => w.positive + w.neutral + w.negative;

/** Positive reviews up, negative ones down, neutral ones halved about the line between them. */
export function diverging(data, width, height, chosen) {
  const { windows, step_s: step } = data;
  const top = nice(Math.max(1, ...windows.map((w) => w.positive + w.neutral / 2)));
  const bottom = nice(Math.max(1, ...windows.map((w) => w.negative + w.neutral / 2)));
  const tall = height - TOP - BOTTOM, across = (width - LEFT - RIGHT) / windows.length;
  const scale = tall / (top + bottom), zero = TOP + top * scale;
  const parts = [];
  for (const value of [top, top / 2, 0, -bottom / 2, -bottom]) {
    if (!Number.isInteger(value)) continue;
    const y = zero - value * scale;
    parts.push(svg("line", { class: value ? "grid" : "axis", x1: LEFT, x2: width - RIGHT, y1: y, y2: y }));
    parts.push(svg("text", { class: "tick", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, count(Math.abs(value))));
  }
  const every = Math.max(1, Math.ceil(72 / across));
  windows.forEach((w, i) => {
    const x = LEFT + i * across, bar = Math.max(1, across - (across > 4 ? 2 : 0.5));
    const end = i + 1 < windows.length ? windows[i + 1].start : data.end;
    const half = w.neutral / 2;
    const piece = (kind, from, to) => from === to ? null : svg("rect", {
      class: `bar ${kind}`, x, width: bar, y: zero - to * scale, height: (to - from) * scale, onclick: () => chosen(w.start, end, kind),
    });
    const said = `${between(w.start, end, step)}: ${count(reviewsOf(w))} reviews, ${count(w.positive)} positive, ${count(w.neutral)} neutral, ${count(w.negative)} negative`;
    parts.push(svg("g", {},
      svg("title", {}, said),
      svg("rect", { class: "hit", x, width: across, y: TOP, height: tall, onclick: () => chosen(w.start, end, "") }),
      piece("positive", half, half + w.positive), piece("neutral", -half, half), piece("negative", -half - w.negative, -half)));
    if (i % every === 0 && x + 60 < width) parts.push(svg("text", { class: "tick", x, y: height - 6 }, moment(w.start, step)));
  });
  const sum = totals(windows), all = reviewsOf(sum);
  const description = all
    ? `${between(windows[0].start, data.end, step)}: ${count(all)} reviews, ${percent(sum.positive / all)} of them positive.`
    : "No reviews in this span.";
  return image(width, height, "Sentiment over time", description, ...parts);
}

/** ``most`` is at the top: of several beside one another, what all of them reach. */
export function sparkline(values, width, height, title, description, most = Math.max(...values)) {
  const top = Math.max(1, most), step = width / (values.length - 1);
  const points = values.map((value, i) => `${(i * step).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`);
  return image(width, height, title, description,
    svg("polygon", { class: "area", points: `0,${height} ${points.join(" ")} ${width},${height}` }),
    svg("polyline", { class: "line", points: points.join(" ") }));
}

/** Positive, neutral and negative side by side; decoration beside the figures. */
export function split(w, width, height) {
  const all = reviewsOf(w) || 1;
  let x = 0;
  const pieces = ["positive", "neutral", "negative"].map((kind) => {
    const piece = svg("rect", { class: `bar ${kind}`, x, y: 0, width: (w[kind] / all) * width, height });
    x += (w[kind] / all) * width;
    return piece;
  });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" }, ...pieces);
}

export function share(part, width, height) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
    svg("rect", { class: "rest", width, height }), svg("rect", { class: "part", width: part * width, height }));
}

const KINDS = ["input", "prediction", "concept"];
const HEIGHTS = { quiet: 0.25, drifted: 0.6, told: 1 };

/** A row for each kind of drift, a bar for each window: the worse, the taller. */
export function timeline(windows, width) {
  const starts = [...new Set(windows.map((w) => w.start))].sort();
  const label = 72, row = 34, height = KINDS.length * row + BOTTOM, across = Math.min(40, (width - label - RIGHT) / starts.length);
  const parts = KINDS.map((kind, i) => svg("text", { class: "tick", x: 0, y: i * row + row - 10 }, kind));
  for (const w of windows) {
    const tall = (row - 8) * HEIGHTS[w.state], y = KINDS.indexOf(w.kind) * row + row - 4;
    parts.push(svg("rect", { class: `bar ${w.state}`, x: label + starts.indexOf(w.start) * across, y: y - tall, width: Math.max(1, across - 2), height: tall },
      svg("title", {}, `${w.kind}, ${moment(w.start, 1)}: ${w.state === "quiet" ? "no drift" : `${w.state} by ${w.detectors.join(", ")}`}`)));
  }
  parts.push(svg("text", { class: "tick", x: label, y: height - 6 }, moment(starts[0])));
  if (starts.length * across > 120) {
    parts.push(svg("text", { class: "tick", x: label + starts.length * across, y: height - 6, "text-anchor": "end" }, moment(starts.at(-1))));
  }
  const told = windows.filter((w) => w.state === "told").length, drifted = windows.filter((w) => w.state === "drifted").length;
  return image(width, height, "Drift by window", `${starts.length} windows; drift was reported in ${told} and seen in ${drifted} more.`, ...parts);
}
