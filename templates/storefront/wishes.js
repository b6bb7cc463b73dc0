// The wishlist as hearts: one copy of what is wished for, and every heart on the page follows it.

import { get, patch, post, remove } from "./api.js";
import { html, icon, toast } from "./dom.js";
import { whoIsIt } from "./session.js";

const listeners = new Set();
let wishes = new Map(); // product id → wish

export const wishFor = (productId) => wishes.get(Number(productId)) ?? null;

export function watchWishes(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function keep(next) {
  wishes = next;
  for (const button of document.querySelectorAll("[data-wish]")) paint(button);
  listeners.forEach((listener) => listener());
}

const words = (name, isWished) => `${isWished ? "Take off" : "Put on"} the wishlist: ${name}`;

function paint(button) {
  const isWished = wishes.has(Number(button.dataset.wish));
  button.setAttribute("aria-pressed", String(isWished));
  button.setAttribute("aria-label", words(button.dataset.called, isWished));
}

/** A button that puts a product on the list and takes it off again. */
export const heart = ({ id, name }) => html`<button class="heart" type="button" data-wish="${id}" data-called="${name}" data-testid="heart"
  aria-pressed="${String(wishes.has(Number(id)))}" aria-label="${words(name, wishes.has(Number(id)))}">${icon("heart")}</button>`;

/** Asks the server, if somebody is signed in. */
export async function loadWishes() {
  if (!(await whoIsIt())) return keep(new Map());
  const { results } = await get("/wishlist/", { page_size: 100 });
  return keep(new Map(results.map((wish) => [wish.product_id, wish])));
}

/** Wishes for a product, or changes which news of it are wanted. */
export async function wish(productId, news = {}) {
  const known = wishFor(productId);
  const made = known ? await patch(`/wishlist/${known.id}/`, news) : await post("/wishlist/", { product_id: Number(productId), ...news });
  keep(new Map(wishes).set(made.product_id, made));
  return made;
}

export async function unwish(productId) {
  const known = wishFor(productId);
  if (known) await remove(`/wishlist/${known.id}/`);
  const next = new Map(wishes);
  next.delete(Number(productId));
  keep(next);
}

/** True if somebody is signed in; else says where to. */
export async function mayWish() {
  if (await whoIsIt()) return true;
  const next = encodeURIComponent(location.pathname + location.search);
  toast("Sign in to keep a wishlist.", { link: { url: `/account/sign-in/?next=${next}`, label: "Sign in" } });
  return false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-wish]");
  if (!button || button.disabled) return;
  button.disabled = true;
  try {
    if (await mayWish()) {
      const { wish: id, called: name } = button.dataset;
      if (wishFor(id)) {
        await unwish(id);
        toast(`${name} is off your wishlist.`);
      } else {
        await wish(id);
        toast(`${name} is on your wishlist.`, { link: { url: "/account/wishlist/", label: "Look" } });
      }
    }
  } catch (problem) {
    toast(problem.message, { tone: "bad" });
  }
  button.disabled = false;
});
