// What buyers say about a product: the summary, the list, and the customer's own review.

import { get, patch, post, remove, request } from "../api.js";
import { ask, sure } from "../dialogs.js";
import { html, icon, render, safeUrl, toast } from "../dom.js";
import { field, textField } from "../forms.js";
import { date } from "../pieces.js";
import { whoIsIt } from "../session.js";
import { starField, stars } from "../stars.js";

const ORDERINGS = { newest: "Newest", helpful: "Most helpful", "-rating": "Best first", rating: "Worst first" };
const STATES = { pending: "We are still reading it; then it is shown to everybody.", hidden: "It is not shown.", approved: null };
const MOST_PICTURES = 5;

const summary = ({ average, count, distribution }) => count > 0 && html`<div class="review-summary" data-testid="review-summary">
  <p class="review-summary__average"><strong data-testid="review-average">${Number(average).toFixed(1)}</strong> ${stars(Math.round(average))}
    <span class="muted">${count} ${count === 1 ? "review" : "reviews"}</span></p>
  <ul>${[5, 4, 3, 2, 1].map((star) => html`<li><span>${star} ${star === 1 ? "star" : "stars"}</span>
    <meter min="0" max="${count}" value="${distribution[star]}" aria-label="${star} stars: ${distribution[star]} of ${count}"></meter>
    <span class="muted">${distribution[star]}</span></li>`)}</ul></div>`;

const pictures = (list) => list.length > 0 && html`<ul class="review__pictures">${list.map(({ url, width, height }, i) => html`<li>
  <a href="${safeUrl(url)}" target="_blank" rel="noopener"><img src="${safeUrl(url)}" width="${width}" height="${height}" alt="Picture ${i + 1} of this review" loading="lazy" /></a></li>`)}</ul>`;

const words = (review) => html`<p class="review__head">${stars(review.rating)}${review.title && html`<strong>${review.title}</strong>`}</p>
  <p class="review__by muted">${review.author ?? "A customer"} · <time datetime="${review.created_at}">${date(review.created_at, { dateStyle: "medium" })}</time>
    ${review.is_verified && html`<span class="verified">${icon("check")} Bought here</span>`}</p>
  ${review.text && html`<p class="lines-kept">${review.text}</p>`}
  ${pictures(review.pictures)}
  ${review.reply && html`<div class="review__reply"><strong>The shop’s answer</strong><p class="lines-kept">${review.reply.text}</p></div>`}`;

const theirs = (review) => html`<li class="review" data-review="${review.id}" data-testid="review">${words(review)}
  <p class="review__foot"><button class="text-button" type="button" data-helpful aria-pressed="false">Helpful <span data-count>${review.helpful_count > 0 && `(${review.helpful_count})`}</span></button>
    <button class="text-button" type="button" data-report>Report</button></p></li>`;

/** One's own review, also while it waits. */
export const own = (review, { product = false } = {}) => html`<li class="review review--own" data-own="${review.id}" data-testid="own-review">
  ${product && html`<p><a href="${safeUrl(review.product.url)}">${review.product.name}</a></p>`}
  ${words(review)}
  ${STATES[review.state] && html`<p class="muted">${STATES[review.state]} ${review.hidden_reason}</p>`}
  <p class="review__foot"><button class="text-button" type="button" data-edit-own>Edit</button>
    <button class="text-button" type="button" data-remove-own>Delete</button></p></li>`;

async function addPictures(review, files) {
  for (const file of files) {
    const form = new FormData();
    form.append("picture", file);
    await request("POST", `/reviews/${review.id}/pictures/`, { body: form });
  }
}

/** The form of a review, new or to be changed. Resolves to true when it was stored. */
export async function write(product, review = null) {
  const kept = review?.pictures ?? [];
  let stored = review; // a picture that is refused does not make the words be sent again as new
  const done = await ask({
    title: review ? "Edit your review" : `Your review of ${product.name}`,
    content: html`${starField(review?.rating)}
      ${field("title", "In a few words", { required: false, value: review?.title ?? "", wide: true, more: html`maxlength="150"` })}
      ${textField("text", "What should others know?", { required: false, value: review?.text ?? "" })}
      ${kept.length > 0 && html`<fieldset class="review__kept"><legend>Pictures to take away</legend>${kept.map(({ id, url }, i) => html`<label class="check">
        <input type="checkbox" name="drop" value="${id}" /><img src="${safeUrl(url)}" alt="Picture ${i + 1}" width="56" height="56" /></label>`)}</fieldset>`}
      <p class="field field--wide"><label for="pictures">Pictures <span class="muted">optional, up to ${MOST_PICTURES}</span></label>
        <input id="pictures" name="pictures" type="file" accept="image/jpeg,image/png,image/webp,image/avif,image/gif" multiple aria-describedby="pictures-error" />
        <span class="field__error" id="pictures-error"></span></p>`,
    button: review ? "Save review" : "Send review",
    act: async (form) => {
      const said = new FormData(form);
      const body = { rating: Number(said.get("rating")), title: said.get("title").trim(), text: said.get("text").trim() };
      stored = stored ? await patch(`/reviews/${stored.id}/`, body) : await post("/reviews/", { product_id: product.id, ...body });
      for (const id of said.getAll("drop")) await remove(`/reviews/${stored.id}/pictures/${id}/`);
      form.querySelectorAll("[name=drop]:checked").forEach((box) => box.closest("label").remove());
      try {
        await addPictures(stored, [...form.elements.pictures.files]);
      } catch (problem) {
        throw Object.assign(problem, { errors: [{ field: "pictures", detail: problem.errors[0]?.detail ?? problem.message }] });
      } finally {
        form.elements.pictures.value = "";
      }
    },
  });
  if (done) toast("Thank you. We read your review and show it then.");
  return Boolean(done || stored !== review);
}

export const erase = (review) => sure("Delete your review?", "It is gone for good.", "Delete it", () => remove(`/reviews/${review.id}/`));

const report = (id) => ask({
  title: "Report this review",
  content: textField("reason", "What is wrong with it?", { rows: 3, max: 500 }),
  button: "Report",
  act: (form) => post(`/reviews/${id}/report/`, { reason: form.elements.reason.value.trim().replace(/\s+/g, " ") }),
});

/** The customer's own review of a product, and whether they may write one. */
async function mineOf(product) {
  const user = await whoIsIt().catch(() => null);
  if (!user) return { user: null, review: null, possible: false };
  const [reviews, possible] = await Promise.all([get("/reviews/", { page_size: 100 }), get("/reviews/possible/", { page_size: 100 })]);
  return {
    user,
    // Moderators get everybody's reviews, with who wrote them.
    review: reviews.results.find((one) => one.product.id === product.id && (!one.customer || one.customer.email === user.email)) ?? null,
    possible: possible.results.some((one) => one.product.id === product.id),
  };
}

export const reviewsPlace = html`<section class="section reviews" id="reviews" aria-labelledby="reviews-title">
  <header class="section__head"><h2 id="reviews-title">Reviews</h2></header><div data-reviews aria-busy="true"><div class="bone bone--text"></div></div></section>`;

/** Fills `reviewsPlace` and keeps it going. */
export function startReviews(root, product) {
  const box = root.querySelector("[data-reviews]");
  let asked = { ordering: "helpful", rating: null, page: 1 };
  let shown = [];
  let mine = { review: null, possible: false };
  let voted = new Set();

  const page = (answer) => html`
    <div class="reviews__side">${summary(answer.summary)}
      ${mine.possible && html`<p><button class="button" type="button" data-write data-testid="write-review">Write a review</button></p>`}
      ${!mine.possible && !mine.review && html`<p class="muted">${mine.user ? "You can review what you have bought here, once it has arrived." : "Sign in to review what you have bought here."}</p>`}</div>
    <div class="reviews__main">
      ${answer.summary.count > 0 && html`<div class="toolbar"><label class="select">Sort <select data-ordering data-key="reviews-ordering">${Object.entries(ORDERINGS).map(([value, label]) =>
        html`<option value="${value}" ${value === asked.ordering && "selected"}>${label}</option>`)}</select></label>
        <label class="select">Stars <select data-stars data-key="reviews-stars"><option value="">All</option>${[5, 4, 3, 2, 1].map((star) =>
          html`<option value="${star}" ${String(star) === asked.rating && "selected"}>${star}</option>`)}</select></label></div>`}
      <ul>${mine.review && own(mine.review)}${shown.filter(({ id }) => id !== mine.review?.id).map(theirs)}</ul>
      ${answer.summary.count === 0 && !mine.review && html`<p class="muted">Nobody has reviewed it yet.</p>`}
      ${answer.summary.count > 0 && shown.length === 0 && html`<p class="muted">Nobody gave so many stars.</p>`}
      ${answer.next && html`<p><button class="button button--quiet" type="button" data-more>More reviews</button></p>`}
    </div>`;

  async function load({ more = false } = {}) {
    box.setAttribute("aria-busy", "true");
    try {
      const [answer, its] = await Promise.all([get(`/products/${product.slug}/reviews/`, { ...asked, page_size: 10 }), more ? mine : mineOf(product)]);
      mine = its;
      shown = more ? [...shown, ...answer.results] : answer.results;
      const key = document.activeElement?.dataset?.key;
      render(box, page(answer));
      if (key) box.querySelector(`[data-key="${key}"]`)?.focus();
    } catch (problem) {
      render(box, html`<p class="muted">${problem.message}</p><p><button class="button button--quiet" type="button" data-again>Try again</button></p>`);
    }
    box.removeAttribute("aria-busy");
  }

  async function vote(id, button) {
    if (!mine.user) return toast("Sign in to say that a review helps you.");
    const takenBack = voted.has(id);
    const answer = await request(takenBack ? "DELETE" : "POST", `/reviews/${id}/helpful/`);
    voted = new Set([...voted].filter((one) => one !== id).concat(takenBack ? [] : id));
    button.setAttribute("aria-pressed", String(answer.is_helpful));
    button.querySelector("[data-count]").textContent = answer.helpful_count > 0 ? `(${answer.helpful_count})` : "";
  }

  box.addEventListener("change", ({ target }) => {
    if (target.matches("[data-ordering]")) asked = { ...asked, ordering: target.value, page: 1 };
    else if (target.matches("[data-stars]")) asked = { ...asked, rating: target.value || null, page: 1 };
    else return;
    load();
  });
  box.addEventListener("click", async ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const { dataset } = button;
    const id = button.closest("[data-review]")?.dataset.review;
    try {
      if ("again" in dataset) await load();
      else if ("more" in dataset) {
        asked = { ...asked, page: asked.page + 1 };
        await load({ more: true });
      } else if ("write" in dataset) (await write(product)) && (await load());
      else if ("editOwn" in dataset) (await write(product, mine.review)) && (await load());
      else if ("removeOwn" in dataset) (await erase(mine.review)) && (await load());
      else if ("helpful" in dataset) await vote(id, button);
      else if ("report" in dataset) {
        if (!mine.user) toast("Sign in to report a review.");
        else if (await report(id)) toast("Thank you. We look at it.");
      }
    } catch (problem) {
      toast(problem.message, { tone: "bad" });
    }
  });
  load();
}
