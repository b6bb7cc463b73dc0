// Shelves of products: what goes with one or with a cart, what is popular, and what was looked at here.
// The last is known to this browser alone.

import { get } from "./api.js";
import { html, render } from "./dom.js";
import { card } from "./pieces.js";

const SEEN = "vitrine.seen";
const MOST_SEEN = 12;

/** Ids of the products that were looked at, newest first. */
export function seen() {
  try {
    return JSON.parse(localStorage.getItem(SEEN) ?? "[]").filter(Number.isSafeInteger);
  } catch {
    return [];
  }
}

export function noteSeen(id) {
  localStorage.setItem(SEEN, JSON.stringify([id, ...seen().filter((one) => one !== id)].slice(0, MOST_SEEN)));
}

export const forgetSeen = () => localStorage.removeItem(SEEN);

export const goesWith = async (id) => (await get(`/products/${id}/recommendations/`)).results;

/** What goes with several products; without any, what the shop recommends to everybody. */
export const alsoLike = async (ids) => (await get("/recommendations/", { products: ids.slice(0, 50).join() })).results;

async function cardsOf(ids) {
  const { results } = await get("/products/", { ids: ids.join(), page_size: MOST_SEEN });
  return results.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}

/** Where a shelf will stand; `fillShelf` fills it. Its name is what analytics calls it. */
export const shelf = (name, title, more = null) => html`<section class="section" data-shelf="${name}" aria-labelledby="shelf-${name}">
  <header class="section__head"><h2 id="shelf-${name}">${title}</h2>${more}</header>
  <ul class="shelf"></ul>
</section>`;

const bones = Array.from({ length: 4 }, () => html`<li class="bone bone--card" aria-hidden="true"></li>`);

/** Shows what `ask()` gives; a shelf with nothing on it goes away. */
export async function fillShelf(main, name, ask) {
  const place = main.querySelector(`[data-shelf="${name}"]`);
  const list = place?.querySelector(".shelf");
  if (!list) return;
  if (!list.querySelector(".card")) render(list, bones);
  list.setAttribute("aria-busy", "true");
  try {
    const products = await ask();
    place.hidden = products.length === 0;
    render(list, products.map((product) => card(product)));
  } catch (problem) {
    render(list, html`<li class="shelf__problem muted">${problem.message} <button class="text-button" type="button">Try again</button></li>`);
    list.querySelector("button").addEventListener("click", () => fillShelf(main, name, ask));
  }
  list.removeAttribute("aria-busy");
}

const forget = html`<button class="text-button" type="button" data-forget-seen>Forget these</button>`;

/** What was looked at before; nothing, where there is nothing. */
export const seenShelf = (except = null) => seen().some((id) => id !== except) && shelf("seen", "Recently viewed", forget);

export function fillSeen(main, except = null) {
  const ids = seen().filter((id) => id !== except);
  if (ids.length === 0) return;
  fillShelf(main, "seen", () => cardsOf(ids));
  main.querySelector("[data-forget-seen]")?.addEventListener("click", () => {
    forgetSeen();
    main.querySelector("[data-shelf=seen]").remove();
  });
}
