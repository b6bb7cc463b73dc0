// The order history, and the carts that were kept for later.

import { get, post, remove } from "../../api.js";
import { keepCart } from "../../cart.js";
import { sure } from "../../dialogs.js";
import { html, toast } from "../../dom.js";
import { date, miniLine, money, picture } from "../../pieces.js";
import { navigate } from "../../router.js";
import { framed, nothing, pageNumber, turner } from "./frame.js";

const STATUS = { pending: "Waiting for payment", processing: "In preparation", shipped: "On its way", completed: "Delivered", cancelled: "Cancelled", refunded: "Refunded" };

const pictures = (items) => html`<span class="thumbs" aria-hidden="true">${items.slice(0, 4).map(({ image }) =>
  html`<span class="tile">${picture(image, { sizes: "56px", alt: "" })}</span>`)}${items.length > 4 && html`<span class="muted">+${items.length - 4}</span>`}</span>`;

const row = (order) => html`<li class="row row--link" data-testid="order">
  <span class="row__text"><a class="row__link" href="/orders/${order.number}/"><strong>${order.number}</strong></a>
    <span class="muted">${date(order.placed_at, { dateStyle: "medium" })}</span></span>
  ${pictures(order.items)}
  <span class="row__end"><span class="tag tag--${order.status}">${STATUS[order.status] ?? order.status}</span><span>${money(order.total)}</span></span></li>`;

export async function orders({ query }) {
  const number = pageNumber(query);
  const answer = await get("/orders/", { page: number, page_size: 20 });
  const content = framed("/account/orders/", "Orders", answer.results.length === 0
    ? nothing("You have not ordered anything yet.", { url: "/products/", label: "See all products" })
    : html`<ul class="rows">${answer.results.map(row)}</ul>${turner("/account/orders/", number, answer)}`);
  return { title: "Orders", content };
}

const kept = (cart) => html`<li class="box" data-testid="saved-cart">
  <h2 class="box__title">${cart.name}</h2><p class="muted small">Kept ${date(cart.created_at, { dateStyle: "medium" })}</p>
  <ul class="minis">${cart.items.map((item) => miniLine({ ...item, line_total: null }))}</ul>
  <p class="box__foot"><button class="button" type="button" data-restore="${cart.id}">Put into the cart</button>
    <button class="text-button" type="button" data-forget="${cart.id}">Remove<span class="visually-hidden"> ${cart.name}</span></button></p></li>`;

export async function savedCarts({ query }) {
  const number = pageNumber(query);
  const answer = await get("/saved-carts/", { page: number });
  const content = framed("/account/carts/", "Saved carts", answer.results.length === 0
    ? nothing("No cart is kept. In your cart you can keep what is in it for another day.", { url: "/cart/", label: "See your cart" })
    : html`<ul class="boxes">${answer.results.map(kept)}</ul>${turner("/account/carts/", number, answer)}`);
  const mount = (main, reload) => main.querySelector(".account__main").addEventListener("click", async ({ target }) => {
    const { restore, forget } = target.closest("button")?.dataset ?? {};
    if (forget && (await sure("Remove this cart?", "What is in your cart now stays there.", "Remove it", () => remove(`/saved-carts/${forget}/`)))) {
      await reload();
      toast("The cart is removed.");
    }
    if (!restore) return;
    try {
      const { skipped, ...cart } = await post(`/saved-carts/${restore}/restore/`);
      keepCart(cart);
      navigate("/cart/");
      if (skipped.length > 0) toast(`Not all could be put in: ${skipped.map(({ name }) => name).join(", ")}.`, { tone: "bad" });
    } catch (problem) {
      toast(problem.message, { tone: "bad" });
    }
  });
  return { title: "Saved carts", content, mount };
}
