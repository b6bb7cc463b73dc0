// An offer that the shop makes because of what somebody does: a card that can be closed.

import { addCode, pieces, watchCart } from "./cart.js";
import { element, html, icon, safeUrl, toast } from "./dom.js";
import { track } from "./tracking.js";

const content = ({ title, message, code, href }, hasCart) => html`<div class="offer" data-testid="offer">
  <button class="icon-button offer__close" type="button" data-close aria-label="Close the offer">${icon("close")}</button>
  <p class="eyebrow">For you</p>
  <h2>${title}</h2>
  ${message && html`<p>${message}</p>`}
  ${code && html`<p class="promo__code">Code <code>${code}</code> <button class="text-button" type="button" data-copy>Copy</button></p>`}
  <p class="offer__ways">${code && hasCart && html`<button class="button" type="button" data-apply data-testid="offer-apply">Use it in my cart</button>`}
    ${href && html`<a class="${code && hasCart ? "more" : "button"}" href="${safeUrl(href)}">Have a look</a>`}</p>
</div>`;

function cartHasPieces() {
  let has = false;
  watchCart((cart) => (has = pieces(cart) > 0))();
  return has;
}

/** Shows an offer, in the place of the one before it, and tells the shop that it was seen. */
export function showOffer(offer) {
  const place = document.getElementById("offer");
  const card = element(content(offer, cartHasPieces()));
  card.addEventListener("click", async ({ target }) => {
    if (target.closest("[data-close]")) return card.remove();
    const button = target.closest("[data-copy], [data-apply], a[href]");
    if (!button) return;
    track("offer_clicked", { offer: offer.id });
    if (button.matches("a")) return card.remove();
    try {
      if (button.matches("[data-copy]")) {
        await navigator.clipboard.writeText(offer.code);
        button.textContent = "Copied";
        return;
      }
      button.disabled = true;
      await addCode(offer.code);
      card.remove();
      toast(`${offer.code} is in your cart.`, { link: { url: "/cart/", label: "View cart" } });
    } catch (problem) {
      button.disabled = false;
      toast(problem.code ? problem.message : `Please copy it by hand: ${offer.code}`, { tone: "bad" });
    }
  });
  card.addEventListener("keydown", ({ key }) => key === "Escape" && card.remove());
  place.replaceChildren(card);
  const tell = () => !document.hidden && card.isConnected && track("offer_shown", { offer: offer.id });
  if (document.hidden) document.addEventListener("visibilitychange", tell, { once: true });
  else tell();
}
