// The box to try a review in: what was masked, the score, and which words and sentences mattered.
import { ask } from "./api.js";
import { byId, el, masked, nothing, table } from "./dom.js";
import { change, decimal, percent } from "./format.js";

const STRONGEST = 8;
const WEAKEST = 0.1; // of the strongest: below it a word has no colour

/** Words of the masked text, coloured by what they contribute; offsets count characters, not UTF-16 units. */
function coloured(text, words) {
  const characters = [...text], peak = Math.max(...words.map((word) => Math.abs(word.contribution)), 1e-9);
  const pieces = [];
  let at = 0;
  for (const { start, end, text: word, contribution } of words) {
    pieces.push(characters.slice(at, start).join(""));
    const strength = Math.abs(contribution) / peak;
    const level = strength < WEAKEST ? 0 : Math.min(3, 1 + Math.floor(3 * strength));
    pieces.push(level ? el("span", { class: `word ${contribution > 0 ? "for" : "against"}-${level}` }, word) : masked(word)[1] ?? word);
    at = end;
  }
  return el("p", { class: "text" }, ...pieces, characters.slice(at).join(""));
}

/** P of each sentiment, of a model of two classes P(positive); or that the model knows nothing in the text. */
function chances({ probabilities, score, evidence }) {
  if (!evidence) return "nothing in the text that the model knows";
  if (!probabilities) return `P(positive) ${percent(score)}`;
  return ["positive", "neutral", "negative"].map((kind) => `P(${kind}) ${percent(probabilities[kind])}`).join(", ");
}

function answer(said) {
  const found = Object.entries(said.pii).map(([type, times]) => `${times} × ${type}`).join(", ");
  return [
    el("p", { class: "verdict" }, el("strong", { class: `badge ${said.sentiment}` }, said.sentiment), " ",
      said.mixed ? el("span", { class: "badge" }, "mixed") : null,
      ` ${chances(said)}, log-odds ${change(said.log_odds)}`),
    el("p", { class: "small" }, `${said.model_name} ${said.model_version} (${said.variant}), language ${said.language}${said.language_served ? "" : " (no model of its own)"}. Masked: ${found || "nothing"}.`),
  ];
}

function why(said) {
  const strongest = said.words.filter((word) => /[\p{L}\p{N}]/u.test(word.text))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, STRONGEST);
  const rows = strongest.map((word) => [word.text, word.contribution > 0 ? "positive" : "negative", change(word.contribution)]);
  return [
    coloured(said.text_masked, said.words),
    el("div", { class: "across" }, table("Words with the largest contribution", ["Word", "Speaks for", "Contribution in log-odds"], rows)),
    sentences(said),
    aspects(said),
    said.window > 1 ? nothing(`The text is long: ${decimal(said.window)} words at a time were left out, and share what that changed.`) : null,
  ];
}

/** Each sentence judged by itself, where there are several. */
function sentences({ text_masked, sentences: found }) {
  if (!found || found.length < 2) return null;
  const characters = [...text_masked];
  return el("ol", { class: "events", "aria-label": "Sentences, each judged by itself" }, ...found.map(({ start, end, label, score }) =>
    el("li", {}, el("span", { class: `badge ${label}` }, label), ` ${percent(score)} `, ...masked(characters.slice(start, end).join("")))));
}

/** What it says of which aspects, where these are looked for. */
function aspects({ aspects: found }) {
  if (!found?.length) return null;
  return el("ul", { class: "events", "aria-label": "Aspects" }, ...found.map(({ term, category, sentiment, score }) =>
    el("li", {}, el("span", { class: `badge ${sentiment}` }, sentiment), ` ${percent(score)} ${term}${category && category !== term ? ` (${category})` : ""}`)));
}

export function setUp(refused) {
  const form = byId("try"), place = byId("try-answer"), words = byId("try-words");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const said = await ask("explain", { body: { text: byId("try-text").value } });
      place.replaceChildren(...answer(said));
      words.replaceChildren(...why(said).filter((node) => node !== null));
    } catch (error) {
      refused(error);
      place.replaceChildren(el("p", { class: "wrong" }, error.message));
      words.replaceChildren();
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}
