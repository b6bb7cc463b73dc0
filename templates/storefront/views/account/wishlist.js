// The wishlist: one's own, and somebody else's behind a link.

import { get, post, remove } from "../../api.js";
import { ask } from "../../dialogs.js";
import { html, icon, toast } from "../../dom.js";
import { card, grid } from "../../pieces.js";
import { loadWishes, wish } from "../../wishes.js";
import { framed, nothing, pageNumber, turner } from "./frame.js";

const news = ({ product_id: id, name, tell_in_stock: stock, tell_price_drop: price }) => html`<fieldset class="wish__news" data-news="${id}">
  <legend class="visually-hidden">Mails about ${name}</legend>
  <label class="check check--small"><input type="checkbox" name="tell_in_stock" ${stock && "checked"} /> <span>Tell me when it is back</span></label>
  <label class="check check--small"><input type="checkbox" name="tell_price_drop" ${price && "checked"} /> <span>Tell me when the price drops</span></label>
</fieldset>`;

/** A wish whose product cannot be bought now keeps its name, and its heart to take it off. */
const one = (each, index) => html`<li class="wish" data-testid="wish">
  ${each.product ? html`<ul>${card(each.product, index)}</ul>` : html`<ul>${card({ id: each.product_id, name: each.name, url: `/search/?q=${encodeURIComponent(each.name)}`, badges: [], in_stock: false })}</ul>`}
  ${news(each)}</li>`;

function share() {
  return ask({
    title: "Share your wishlist",
    content: html`<p>Whoever has this link sees what you wish for, and your first name.</p>
      <p class="field"><label for="link">Link</label><input id="link" readonly data-testid="share-link" /></p>`,
    button: "Copy link",
    extra: html`<button class="text-button" type="button" data-unshare>Share it no more</button>`,
    onOpen: (dialog, close) => {
      const input = dialog.querySelector("#link");
      post("/wishlist/share/").then(({ token }) => {
        input.value = `${location.origin}/wishlist/${token}/`;
        input.select();
      }, (problem) => close(toast(problem.message, { tone: "bad" })));
      dialog.querySelector("[data-unshare]").addEventListener("click", async () => {
        await remove("/wishlist/share/");
        close(true);
        toast("The link shows nothing any more.");
      });
    },
    act: async (form) => {
      await navigator.clipboard?.writeText(form.elements.link.value).catch(() => {});
      toast("The link is copied.");
    },
  });
}

export async function wishlist({ query }) {
  const number = pageNumber(query);
  const answer = await get("/wishlist/", { page: number });
  const { results } = answer;
  const content = framed("/account/wishlist/", "Wishlist", results.length === 0
    ? nothing("Nothing here yet. A heart on a product puts it here.", { url: "/products/", label: "See all products" })
    : html`<p class="after"><button class="button button--quiet" type="button" data-share data-testid="share">${icon("heart")} Share this list</button></p>
      <ul class="grid">${results.map(one)}</ul>${turner("/account/wishlist/", number, answer)}`);
  const mount = (main) => {
    loadWishes().catch(() => {});
    main.querySelector("[data-share]")?.addEventListener("click", share);
    main.querySelector(".account__main").addEventListener("change", async ({ target }) => {
      const id = target.closest("[data-news]")?.dataset.news;
      if (!id) return;
      try {
        await wish(id, { [target.name]: target.checked });
        toast(target.checked ? "We shall write to you." : "We shall not write about that.");
      } catch (problem) {
        target.checked = !target.checked;
        toast(problem.message, { tone: "bad" });
      }
    });
  };
  return { title: "Wishlist", content, mount };
}

export async function sharedWishlist({ params, query }) {
  const number = pageNumber(query);
  const path = `/wishlist/shared/${encodeURIComponent(params.token)}/`;
  const answer = await get(path, { page: number });
  const title = answer.first_name ? `${answer.first_name}’s wishlist` : "A wishlist";
  const content = html`<header class="list-head"><h1>${title}</h1></header>
    ${answer.results.length > 0 ? grid(answer.results) : nothing("Nothing is wished for at the moment.", { url: "/products/", label: "See all products" })}
    ${turner(`/wishlist/${params.token}/`, number, answer)}`;
  return { title, content };
}
