// What the customer has said: reviews written and still to write, questions asked.

import { get } from "../../api.js";
import { html, safeUrl } from "../../dom.js";
import { date, picture } from "../../pieces.js";
import { inquiryRow } from "../inquiries.js";
import { erase, own, write } from "../reviews.js";
import { framed, panel } from "./frame.js";

const todo = ({ product, bought_at: at }) => html`<li class="row"><span class="tile row__tile">${picture(product.thumbnail, { sizes: "56px", alt: "" })}</span>
  <span class="row__text"><a href="${safeUrl(product.url)}"><strong>${product.name}</strong></a><span class="muted">Bought ${date(at, { dateStyle: "medium" })}</span></span>
  <button class="button button--quiet" type="button" data-write="${product.id}">Review it</button></li>`;

export async function feedback({ user }) {
  const [possible, written, asked] = await Promise.all([
    get("/reviews/possible/", { page_size: 100 }), get("/reviews/", { page_size: 100 }), get("/inquiries/", { page_size: 100 }),
  ]);
  const reviews = written.results.filter(({ customer }) => !customer || customer.email === user.email);
  const content = framed("/account/feedback/", "Reviews and questions", html`
    ${possible.results.length > 0 && panel("How do you like it?", html`<ul class="rows">${possible.results.map(todo)}</ul>`)}
    ${panel("Your reviews", reviews.length > 0 ? html`<ul>${reviews.map((review) => own(review, { product: true }))}</ul>` : html`<p class="muted">You have not reviewed anything yet.</p>`)}
    ${panel("Your questions", html`${asked.results.length > 0 ? html`<ul class="rows">${asked.results.map(inquiryRow)}</ul>` : html`<p class="muted">You have not asked us anything yet.</p>`}
      <p><a class="button button--quiet" href="/contact/">Ask us something</a></p>`)}`);
  const mount = (main, reload) => main.querySelector(".account__main").addEventListener("click", async ({ target }) => {
    const button = target.closest("button");
    const review = reviews.find(({ id }) => id === button?.closest("[data-own]")?.dataset.own);
    const product = possible.results.find(({ product: { id } }) => String(id) === button?.dataset.write)?.product;
    const done = product ? await write(product)
      : review && (("editOwn" in button.dataset && (await write(review.product, review))) || ("removeOwn" in button.dataset && (await erase(review))));
    if (done) reload();
  });
  return { title: "Reviews and questions", content, mount };
}
