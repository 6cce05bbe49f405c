// The page's heart: asks for the figures twice a second, and draws what has changed.
import { Refused, ask, key } from "./api.js";
import * as charts from "./charts.js";
import { byId, draw, el, nothing, say, table } from "./dom.js";
import * as examples from "./examples.js";
import { between, count, dated, decimal, moment, percent, seconds } from "./format.js";
import * as trying from "./trying.js";

const EVERY_MS = 500, SLOWLY_EVERY = 6, LONGEST_PAUSE_MS = 15000;
const view = { span: "1h", product: "", paused: false, rounds: 0, frame: [0, 0], wanted: new AbortController() };

const { suggest, choose } = examples.setUp(needsKey);
trying.setUp(needsKey);

/** Show the form for a key where that is what is missing. */
function needsKey(error) {
  if (error instanceof Refused && error.status === 401) {
    byId("key-why").textContent = key.get() ? `The key was refused: ${error.message}.` : "This gateway requires an API key.";
    byId("key").hidden = false;
  }
}

const problem = (data, part) => nothing(data.problems[part] ?? "Nothing yet.");

function tiles(live) {
  const { pace, lag, dead_letters: dead } = live;
  say(byId("rate"), pace ? decimal(pace.per_s) : "–");
  draw(byId("rate-chart"), pace?.per_s_lately ?? live.problems.pace, (values) => Array.isArray(values)
    ? charts.sparkline(values, 150, 30, "Reviews a second, the last two minutes", `At most ${decimal(Math.max(...values))}.`)
    : problem(live, "pace"));
  say(byId("latency"), pace ? seconds(pace.p50_s) : "–");
  say(byId("latency-note"), pace && pace.p95_s !== null ? `p50; p95 ${seconds(pace.p95_s)}, last minute` : "p50; none in the last minute");
  say(byId("lag"), lag ? count(lag.worker) : "–");
  say(byId("lag-note"), lag ? `not scored yet; ${count(lag.sink)} not stored` : live.problems.lag ?? "");
  say(byId("dead"), dead ? count(dead.last_hour) : "–");
  say(byId("dead-note"), dead ? `within the hour; ${count(dead.records)} in all${dead.reasons.length ? `: ${dead.reasons.map((r) => r.reason).join(", ")}` : ""}` : live.problems.dead_letters ?? "");
  byId("dead").classList.toggle("bad", Boolean(dead?.last_hour));
}

function overTime(live) {
  const place = byId("over-time"), data = live.over_time;
  const chosen = (start, end, sentiment) => choose(start, end, { ofProduct: view.product, ofSentiment: sentiment });
  draw(place, [data ?? live.problems.over_time, place.clientWidth], () => data
    ? charts.diverging(data, Math.max(280, place.clientWidth), 240, chosen) : problem(live, "over_time"));
  if (!byId("over-time-details").open || !data) return;
  draw(byId("over-time-table"), data, () => {
    const rows = data.windows.map((w, i) => ({ ...w, end: data.windows[i + 1]?.start ?? data.end })).filter(charts.reviewsOf).reverse();
    return table("Sentiment over time", ["Written", "Reviews", "Positive", "Neutral", "Negative", "Average score"], rows.map((w) => [
      el("button", { type: "button", class: "link", "data-at": w.start, onclick: () => chosen(w.start, w.end, "") }, between(w.start, w.end, data.step_s)),
      ...[charts.reviewsOf(w), w.positive, w.neutral, w.negative].map(count), w.average_score.toFixed(2)]));
  });
}

function products(live) {
  draw(byId("products"), live.products ?? live.problems.products, (rows) => {
    if (!Array.isArray(rows) || !rows.length) return problem(live, "products");
    return table("Sentiment by product", ["Product", "Reviews", "Positive", ""], rows.map((row) => {
      const all = charts.reviewsOf(row), name = row.product_id || "no product";
      return [row.product_id ? el("button", { type: "button", class: "link", "data-at": name, onclick: () => choose(...view.frame, { ofProduct: row.product_id }) }, name) : name,
        count(all), percent(row.positive / all), charts.split(row, 110, 12)];
    }));
  });
  if (!live.products) return;
  const names = live.products.map((row) => row.product_id).filter(Boolean).sort();
  draw(byId("examples-products"), names, () => names.map((name) => el("option", { value: name })));
  const choice = byId("product");
  if (document.activeElement === choice) return; // an open list would close
  draw(choice, [names, view.product], () => ["", ...new Set([...names, view.product])].filter((name, i) => !i || name)
    .map((name) => el("option", { value: name, selected: name === view.product }, name || "all")));
}

function aspects(state) {
  const of = view.product ? { ofProduct: view.product } : {};
  const highest = Math.max(...(state.aspects ?? []).flatMap((row) => row.negative_trend));
  byId("aspects-panel").hidden = !state.aspects?.length; // where they are not looked for there are none
  say(byId("aspects-title"), view.product ? `Aspects of ${view.product}` : "Aspects");
  draw(byId("aspects"), [state.aspects, view.product], () => state.aspects?.length
    ? table("Aspects by reviews", ["Aspect", "Reviews", "Negative", "", "Negative in the span"], state.aspects.map((row) => {
      const all = charts.reviewsOf(row), most = Math.max(...row.negative_trend);
      const examplesOf = (ofSentiment) => () => choose(...view.frame, { ...of, ofAspect: row.aspect, ofSentiment });
      return [el("button", { type: "button", class: "link", "data-at": row.aspect, onclick: examplesOf("") }, row.aspect),
        count(all), el("button", { type: "button", class: "link", "data-at": `${row.aspect} negative`, onclick: examplesOf("negative") }, percent(row.negative / all)),
        charts.split(row, 110, 12),
        charts.sparkline(row.negative_trend, 150, 24, `Negative reviews that name ${row.aspect}`, `At most ${count(most)} in a twelfth of the span.`, highest)];
    }))
    : nothing(""));
}

function latest(live) {
  draw(byId("latest"), live.latest ?? live.problems.latest, (rows) =>
    Array.isArray(rows) && rows.length ? rows.map(examples.article) : problem(live, "latest"));
}

function drift(state) {
  const place = byId("drift"), windows = state.drift;
  draw(place, [windows ?? state.problems.drift, place.clientWidth], () => windows?.length
    ? charts.timeline(windows, Math.max(240, place.clientWidth)) : problem(state, "drift"));
  draw(byId("drift-table"), windows, () => windows?.length
    ? table("Drift by window", ["Window", "Kind", "Drift", "Reviews", "Detectors", "In"], windows.toReversed().map((w) => [
      `${dated(w.start)} to ${moment(w.end)}`, w.kind, { quiet: "none", drifted: "in the window", told: "reported" }[w.state],
      count(w.reviews), w.detectors.join(", "), w.segments.join(" · ")]))
    : problem(state, "drift"));
}

function models(traffic, state) {
  const judged = state.variants ?? [];
  const rows = (traffic?.languages ?? []).flatMap(({ language, variants }) => variants.map((v) => ({
    ...v, language, reviews: judged.filter((j) => ["language", "variant", "model_name", "model_version"].every((name) => j[name] === { ...v, language }[name]))
      .reduce((sum, j) => sum + j.reviews, 0),
  })));
  draw(byId("models"), rows, () => rows.length
    ? table("Models by language", ["Language", "Model", "Variant", "Traffic", "", "Reviews in the span"], rows.map((row) => [
      row.language === "*" ? "all others" : row.language, `${row.model_name} ${row.model_version}`, row.variant,
      row.shadow ? "shadow" : percent(row.share), charts.share(row.shadow ? 0 : row.share, 60, 12), count(row.reviews)]))
    : nothing("Not known."));
  draw(byId("events"), state.events ?? state.problems.events, (events) => Array.isArray(events) && events.length
    ? el("ul", { class: "events" }, ...events.map((event) => el("li", {},
      el("time", { datetime: event.at }, dated(event.at)), " ", el("strong", {}, event.action),
      ` ${event.model_name} ${event.model_version} (${event.language}) `, el("span", { class: "small" }, [event.reason, event.actor && `by ${event.actor}`].filter(Boolean).join(", ")))))
    : problem(state, "events"));
}

function alerts(state) {
  const told = state.alerts, firing = (told ?? []).filter((alert) => alert.status === "firing");
  say(byId("firing"), told ? count(firing.length) : "–");
  byId("firing").classList.toggle("bad", firing.length > 0);
  draw(byId("alerts"), told ?? state.problems.alerts, () => told?.length
    ? el("ul", { class: "events" }, ...told.map((alert) => el("li", {},
      el("span", { class: `badge ${alert.status === "firing" ? alert.severity : "over"}` }, alert.status === "firing" ? alert.severity : "over"),
      ` ${alert.summary} `, el("span", { class: "small" }, `${alert.name}, since ${dated(alert.started_at)}${alert.ended_at ? ` until ${dated(alert.ended_at)}` : ""}`))))
    : told ? nothing("No alerts.") : problem(state, "alerts"));
}

async function live() {
  const query = { span: view.span, product_id: view.product || null };
  const figures = await ask("console/live", { query, signal: view.wanted.signal });
  if (figures.over_time) {
    view.frame = [figures.over_time.windows[0].start, figures.over_time.end];
    suggest(...view.frame);
  }
  for (const part of [tiles, overTime, products, latest]) part(figures);
}

async function slowly() {
  const signal = view.wanted.signal;
  const [state, traffic] = await Promise.all([ask("console/state", { query: { span: view.span, product_id: view.product || null }, signal }), ask("models", { signal })]);
  drift(state);
  models(traffic, state);
  alerts(state);
  aspects(state);
}

/** One round, and how long to wait for the next one. */
async function round(pause) {
  if (view.paused || document.hidden) {
    say(byId("status"), "Paused");
    return EVERY_MS / 4;
  }
  const began = performance.now();
  try {
    await Promise.all(view.rounds++ % SLOWLY_EVERY ? [live()] : [live(), slowly()]);
    say(byId("status"), "Live");
    byId("key").hidden = true;
    byId("forget").hidden = !key.get();
    return Math.max(0, EVERY_MS - (performance.now() - began));
  } catch (error) {
    if (error.name === "AbortError") return 0; // something else is wanted now
    needsKey(error);
    say(byId("status"), error.status === 401 ? "A key is needed" : `Retrying: ${error.message}`);
    return Math.max(1000 * (error.retryAfterS ?? 0), Math.min(LONGEST_PAUSE_MS, 2 * Math.max(pause, 500)));
  }
}

let wake = () => {};

async function forever() {
  let pause = 0;
  for (;;) {
    pause = await round(pause);
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, pause);
    });
  }
}

/** Drop what is being asked, and begin anew. */
function again() {
  view.rounds = 0;
  view.wanted.abort();
  view.wanted = new AbortController();
  wake();
}

byId("span").addEventListener("change", (event) => {
  view.span = event.target.value;
  again();
});
byId("product").addEventListener("change", (event) => {
  view.product = event.target.value;
  again();
});
byId("pause").addEventListener("click", (event) => {
  view.paused = !view.paused;
  event.target.setAttribute("aria-pressed", String(view.paused));
  wake();
});
byId("key").addEventListener("submit", (event) => {
  event.preventDefault();
  key.set(byId("key-value").value.trim());
  byId("key-value").value = "";
  again();
});
byId("forget").addEventListener("click", () => {
  key.forget();
  location.reload();
});
document.addEventListener("visibilitychange", () => wake());
forever();
