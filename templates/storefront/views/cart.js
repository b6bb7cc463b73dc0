import { post } from "../api.js";
import { addCode, loadCart, pieces, removeCode, removeLine, setQuantity, watchCart } from "../cart.js";
import { html, icon, render, safeUrl, toast } from "../dom.js";
import { whoIsIt } from "../session.js";
import { alsoLike, fillShelf, seen, shelf } from "../recommended.js";
import { emptyCart, money, optionsOf, picture, problemNotes, stepper, totals } from "../pieces.js";

const line = (item) => html`<li class="line" data-line="${item.id}" data-testid="cart-line">
  <a class="tile line__image" href="${safeUrl(item.url)}" tabindex="-1" aria-hidden="true">${picture(item.image, { sizes: "128px", alt: "" })}</a>
  <div class="line__text">
    <h2><a href="${safeUrl(item.url)}">${item.name}</a></h2>
    ${optionsOf(item.options) && html`<p class="muted">${optionsOf(item.options)}</p>`}
    <p class="muted">${money(item.unit_price)} each</p>
    ${problemNotes(item.problems)}
  </div>
  <div class="line__amount">
    ${stepper(item.quantity, { label: `Quantity of ${item.name}`, key: `quantity-${item.id}` })}
    <p class="line__total">${money(item.line_total)}</p>
    <button class="text-button" type="button" data-remove="${item.id}">Remove<span class="visually-hidden"> ${item.name}</span></button>
  </div>
</li>`;

const codes = (list = []) => html`<div class="codes">
  ${list.length > 0 && html`<ul class="chips">${list.map((code) => html`<li><button type="button" data-code="${code}">
    <span class="visually-hidden">Remove code </span>${code} ${icon("close")}</button></li>`)}</ul>`}
  <form class="codes__form"><input name="code" autocomplete="off" placeholder="Promotion code" aria-label="Promotion code" data-key="code" required />
    <button class="button button--quiet" type="submit">Apply</button></form>
</div>`;

const keep = html`<details class="keep"><summary>Keep this cart for later</summary>
  <form class="codes__form" data-keep><input name="name" maxlength="100" placeholder="Its name" aria-label="Name of the cart" required />
    <button class="button button--quiet" type="submit">Keep</button></form></details>`;

const filled = (cart, isCustomer) => html`<h1>Your cart <span class="muted">(${pieces(cart)})</span></h1>
  ${problemNotes(cart.problems)}
  <div class="split">
    <ul class="lines">${cart.items.map(line)}</ul>
    <section class="summary" aria-label="Summary">
      ${totals(cart, cart.shipping ? "Shipping, from" : "Shipping", cart.shipping !== null)}
      ${codes(cart.codes)}
      <a class="button button--large button--wide" href="/checkout/" data-testid="to-checkout">Go to checkout</a>
      ${isCustomer && keep}
      <a class="more" href="/products/">Keep looking</a>
    </section>
  </div>`;

export async function cart() {
  const [user] = await Promise.all([whoIsIt(), loadCart()]);
  const mount = (main) => {
    const box = main.querySelector("[data-cart]");
    const change = async (answer, { restore = true } = {}) => {
      box.setAttribute("aria-busy", "true");
      try {
        await answer;
      } catch (problem) {
        toast(problem.message, { tone: "bad" });
        if (restore) await loadCart().catch(() => {});
      }
      box.removeAttribute("aria-busy");
    };
    let known = null; // whose company the shelf shows
    const stop = watchCart((current) => {
      const ids = current.items.length > 0 ? [...new Set(current.items.map((item) => item.product_id))] : seen();
      if (known !== ids.join()) fillShelf(main, "also-like", () => alsoLike(ids));
      known = ids.join();
      const key = document.activeElement?.dataset.key;
      render(box, current.items.length > 0 ? filled(current, Boolean(user)) : emptyCart);
      if (key) box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
    });
    box.addEventListener("change", ({ target }) => {
      const id = target.closest("[data-line]")?.dataset.line;
      if (id && target.matches("[data-testid=quantity]")) change(setQuantity(id, Math.max(1, Math.trunc(Number(target.value)) || 1)));
    });
    box.addEventListener("click", ({ target }) => {
      const { remove, code } = target.closest("button")?.dataset ?? {};
      if (remove) change(removeLine(remove));
      if (code) change(removeCode(code));
    });
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.matches("[data-keep]")) {
        const name = new FormData(event.target).get("name").trim();
        change(post("/saved-carts/", { name }).then(() => {
          event.target.closest("details").open = false;
          toast(`“${name}” is kept.`, { link: { url: "/account/carts/", label: "Saved carts" } });
        }));
        return;
      }
      change(addCode(new FormData(event.target).get("code").trim()), { restore: false });
    });
    return stop;
  };
  return { title: "Your cart", content: html`<div data-cart></div>${shelf("also-like", "You may also like")}`, mount };
}
