// Drill-down: masked reviews of a product, an aspect, a sentiment and a time.
import { ask } from "./api.js";
import { byId, el, masked, nothing } from "./dom.js";
import { dated, local, percent } from "./format.js";

const LIMIT = 20;

export function article(review) {
  return el("article", { class: "review" },
    el("p", { class: "small" },
      el("span", { class: `badge ${review.sentiment}` }, review.sentiment), " ",
      review.mixed ? el("span", { class: "badge" }, "mixed") : null, ` ${percent(review.score)} `,
      el("strong", {}, review.product_id || "no product"), ` · ${dated(review.created_at)} · `, el("code", {}, review.review_id)),
    el("p", { class: "text" }, ...masked(review.text_masked)));
}

export function setUp(refused) {
  const said = byId("examples-said"), place = byId("examples");
  const [product, aspect, sentiment, from, to] = ["product", "aspect", "sentiment", "from", "to"].map((name) => byId(`examples-${name}`));

  async function show() {
    said.textContent = "Looking";
    try {
      const query = {
        from: new Date(from.value).toISOString(),
        to: new Date(to.value).toISOString(),
        product_id: product.value || null,
        aspect: aspect.value || null,
        sentiment: sentiment.value || null,
        limit: LIMIT,
      };
      const { reviews } = await ask("console/examples", { query });
      place.replaceChildren(...reviews.map(article));
      const all = reviews.length === LIMIT ? `The latest ${LIMIT}` : reviews.length || "No";
      said.textContent = `${all} ${reviews.length === 1 ? "review" : "reviews"} written between ${dated(from.value)} and ${dated(to.value)}.`;
    } catch (error) {
      refused(error);
      place.replaceChildren(nothing(""));
      said.textContent = error.message;
    }
  }

  byId("examples-form").addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });

  /** Times to begin with, until somebody chooses others. */
  const suggest = (start, end) => {
    if (!from.value && !to.value) [from.value, to.value] = [local(start), local(end)];
  };

  /** Ask for a part of a chart, and go there. */
  const choose = (start, end, { ofProduct = "", ofAspect = "", ofSentiment = "" }) => {
    [product.value, aspect.value, sentiment.value, from.value, to.value] = [ofProduct, ofAspect, ofSentiment, local(start), local(end)];
    byId("examples-title").focus({ preventScroll: true });
    byId("examples-title").scrollIntoView({ block: "start" });
    show();
  };
  return { suggest, choose };
}
