import { get, newKey, post, site } from "../api.js";
import { dropCart, keepCart, loadCart, pieces } from "../cart.js";
import { html, render } from "../dom.js";
import { cardName, emptyCart, freeOr, fromMinor, miniLine, minor, totals } from "../pieces.js";
import { navigate } from "../router.js";
import { addressFields, check, checkbox, complain, field } from "../forms.js";
import { consentWording, profile, whoIsIt } from "../session.js";
import { track } from "../tracking.js";

const DRAFT = "vitrine.checkout"; // what was typed, so that a reload loses nothing

/** Parts of an address as the form names them. */
const PARTS = ["first_name", "last_name", "line1", "line2", "postal_code", "city", "region", "country", "phone"];

/** The address book above the fields; "" is for typing another one. */
const book = (group, saved, chosen) => saved.length > 0 && html`<p class="field saved"><label for="${group}-saved">Saved address</label>
  <select id="${group}-saved" data-saved="${group}"><option value="">Another address</option>${saved.map((one) =>
    html`<option value="${one.id}" ${one.id === chosen?.id && "selected"}>${[`${one.first_name} ${one.last_name}`, one.line1, one.city].join(", ")}</option>`)}</select></p>`;

const address = (group, section, here, saved, value = null) =>
  html`${book(group, saved, value)}${addressFields(here, { prefix: `${group}.`, section, value: value ?? {} })}`;

function delivery(window) {
  if (!window) return null;
  const { min_days: min, max_days: max } = window;
  return min === max ? `${min} ${min === 1 ? "day" : "days"}` : `${min} to ${max} days`;
}

const choices = (group, ways, chosen) => ways.map((way, i) => html`<label class="choice" data-testid="${group}-${way.id}">
  <input type="radio" name="${group}" value="${way.id}" required ${(chosen ? chosen === String(way.id) : i === 0) && "checked"} />
  <span class="choice__text"><strong>${way.name}</strong><span class="muted">${delivery(way.delivery) ?? way.instructions}</span></span>
  <span>${way.price && freeOr(way.price)}</span></label>`);

/** For who is signed in: pay with a card that the provider keeps, or have it keep this one. */
const cardWishes = (kept) => html`
  ${kept.length > 0 && html`<p class="field saved"><label for="saved-method">Your saved cards</label>
    <select id="saved-method" name="saved_method">${kept.map((card) => html`<option value="${card.id}">${cardName(card)}</option>`)}
      <option value="">Another card</option></select></p>`}
  <div data-keep ${kept.length > 0 && "hidden"}>${checkbox("save_method", "Save this card for the next time")}</div>`;

/** What the answer's tax and total become with another method than the cheapest, which they are for. */
function billOf({ shipping_methods: ways, tax, total }, way) {
  if (way?.total) return { tax: way.tax, total: way.total };
  const cheapest = Math.min(...ways.map(({ price }) => minor(price)));
  return { tax, total: way ? fromMinor(minor(total) - cheapest + minor(way.price), total) : total };
}

const page = (cart, { here, user, saved, wording }) => html`<h1>Checkout</h1>
  <form class="split checkout" novalidate>
    <div>
      <fieldset class="step"><legend>Contact</legend>
        <div class="fields">${field("email", "Email", { autocomplete: "email", type: "email", wide: true, value: user?.email ?? "" })}</div>
        ${wording && html`<div data-consent>${checkbox("marketing", wording)}</div>`}
        ${!user && html`<p class="muted small">You have an account? <a href="/account/sign-in/?next=/checkout/">Sign in</a></p>`}</fieldset>
      <fieldset class="step"><legend>Where it goes</legend>${address("shipping_address", "shipping", here, saved, saved.find((one) => one.is_default_shipping))}
        <label class="check"><input type="checkbox" name="same" checked /> The bill goes to the same address</label></fieldset>
      <fieldset class="step" data-billing hidden disabled><legend>Billing address</legend>${address("billing_address", "billing", here, saved, saved.find((one) => one.is_default_billing))}</fieldset>
      <fieldset class="step"><legend>How it gets there</legend><div data-methods aria-live="polite"></div></fieldset>
      <fieldset class="step"><legend>How you pay</legend><div data-payments></div><div data-cards></div></fieldset>
      <fieldset class="step"><legend>Anything we should know?</legend>
        <p class="field field--wide"><label for="note">Note <span class="muted">optional</span></label>
          <textarea id="note" name="note" rows="3"></textarea></p></fieldset>
    </div>
    <section class="summary" aria-label="Your order">
      <h2>Your order</h2>
      <ul class="minis" data-lines></ul>
      <div data-totals aria-live="polite"></div>
      <div class="form-error" role="alert" data-error></div>
      <button class="button button--large button--wide" type="submit" data-testid="checkout-submit">Place order</button>
      <p class="muted small">${pieces(cart)} ${pieces(cart) === 1 ? "piece is" : "pieces are"} held for you once the order is placed.</p>
    </section>
  </form>`;

/** `{"shipping_address.city": "Oslo"}` → `{shipping_address: {city: "Oslo"}}`; what is empty is left out. */
function bodyOf(form) {
  const data = {};
  for (const [name, value] of new FormData(form)) {
    if (name === "same" || name === "marketing" || String(value).trim() === "") continue;
    const [group, part] = name.split(".");
    if (part) data[group] = { ...data[group], [part]: value.trim() };
    else data[group] = value.trim();
  }
  return data;
}

function explain(problem) {
  const { shortages } = problem.body;
  if (problem.code === "out_of_stock" && shortages?.length) {
    return html`<p>Somebody was faster:</p><ul>${shortages.map(({ name, sku, available }) =>
      html`<li>${name ?? sku}: ${available > 0 ? `only ${available} left` : "sold out"}</li>`)}</ul>
      <p><a href="/cart/">Change the cart</a></p>`;
  }
  if (problem.code === "cart_changed") return html`<p>Prices have changed since you looked. Please check the new total and place the order again.</p>`;
  return html`<p>${problem.message}</p>`;
}

function start(form, first, { saved, wording, kept }) {
  let cart = first;
  let options = null;
  let asked = 0;
  let attempt = null; // the key of a request whose answer never came: sent again, it cannot order twice
  const at = (name) => form.querySelector(`[data-${name}]`);

  function showBill() {
    const way = options?.shipping_methods?.find(({ id }) => String(id) === form.elements.shipping_method?.value);
    render(at("lines"), cart.items.map(miniLine));
    render(at("totals"), totals({ ...cart, ...(options && billOf(options, way)) }, "Shipping"));
  }

  let offersCards = null; // the method whose cards are shown
  function showCards() {
    const way = options?.payment_methods?.find(({ id }) => id === form.elements.payment_method?.value);
    const offers = way?.keeps_cards ? way.id : null;
    if (offers !== offersCards) render(at("cards"), offers && cardWishes(kept.filter(({ provider }) => provider === offers)));
    offersCards = offers;
  }

  async function askOptions() {
    const number = ++asked;
    const { shipping_address: destination = {} } = bodyOf(form);
    const complete = ["first_name", "last_name", "line1", "city"].every((part) => destination[part]);
    at("totals").setAttribute("aria-busy", "true");
    try {
      const answer = await post("/checkout/options/", complete ? { shipping_address: destination } : {});
      if (number !== asked) return;
      options = answer;
      // What was chosen while the answer was on its way stays chosen.
      const { shipping_method: chosen, payment_method: payment } = bodyOf(form);
      const ways = answer.shipping_methods;
      const still = ways.some(({ id }) => String(id) === chosen) && chosen;
      render(at("methods"), ways.length > 0 ? choices("shipping_method", ways, still) : "There is no shipping method to choose for this address.");
      render(at("payments"), choices("payment_method", answer.payment_methods, payment));
      showCards();
    } catch (problem) {
      if (number !== asked) return;
      problem.errors.forEach(({ field: name, detail }) => complain(form, name, detail));
      if (problem.errors.length === 0) render(at("methods"), html`<p class="form-error">${problem.message}</p>`);
    }
    at("totals").removeAttribute("aria-busy");
    showBill();
  }

  /** Puts a saved address into the fields. */
  function fillIn({ dataset: { saved: group }, value: id }) {
    const chosen = saved.find((one) => one.id === id) ?? {};
    for (const part of PARTS) {
      const input = form.elements.namedItem(`${group}.${part}`);
      if (part !== "country" || chosen.country) input.value = chosen[part] ?? "";
      complain(form, input.name, "");
    }
    form.dispatchEvent(new Event("input"));
    if (group === "shipping_address") askOptions();
  }

  form.addEventListener("change", ({ target }) => {
    if (target.dataset.saved) return fillIn(target);
    if (target.name === "same") at("billing").hidden = at("billing").disabled = target.checked;
    render(at("error"), null);
    if (target.validity.valid) complain(form, target.name, "");
    if (target.name === "shipping_method") showBill();
    if (target.name === "payment_method") showCards();
    if (target.name === "saved_method") {
      at("keep").hidden = target.value !== "";
      form.elements.save_method.checked &&= target.value === "";
    }
    if (target.name.startsWith("shipping_address.")) askOptions();
  });
  form.addEventListener("input", () => sessionStorage.setItem(DRAFT, JSON.stringify([...new FormData(form)])));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    render(at("error"), null);
    if (!check(form)) return;
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    button.textContent = "Placing your order …";
    const body = { ...bodyOf(form), cart_version: cart.version };
    if (form.elements.marketing?.checked) body.marketing_consent = { wording };
    const sent = JSON.stringify(body);
    if (attempt?.sent !== sent) attempt = { sent, key: newKey() };
    try {
      const { order, payment } = await post("/checkout/", body, { "Idempotency-Key": attempt.key });
      sessionStorage.removeItem(DRAFT);
      if (payment?.instructions) sessionStorage.setItem(`vitrine.instructions.${order.number}`, payment.instructions);
      track("purchase", { order_id: order.id });
      dropCart();
      const token = order.token ? `?token=${encodeURIComponent(order.token)}` : "";
      if (payment?.redirect_url) return location.assign(payment.redirect_url);
      navigate(`/orders/${order.number}/${token}`, { replace: true });
      return;
    } catch (problem) {
      if (problem.status > 0 && problem.code !== "idempotency_in_progress") attempt = null;
      if (problem.body.cart) cart = keepCart(problem.body.cart);
      const [input] = problem.errors.map(({ field: name, detail }) => complain(form, name, detail)).filter(Boolean);
      render(at("error"), explain(problem));
      if (input) input.focus();
      if (problem.body.cart) await askOptions();
    }
    button.disabled = false;
    button.textContent = "Place order";
  });

  askOptions();
  showBill();
}

/** What the account knows: the customer, their addresses, and whether consent is still to be asked for. */
async function known() {
  const user = await whoIsIt();
  if (!user) return { user, saved: [], kept: [], consented: false };
  const [{ results: saved }, { marketing }, { results: kept }] = await Promise.all([
    get("/addresses/", { page_size: 100 }), profile(), get("/payments/methods/").catch(() => ({ results: [] }))]);
  return { user, saved, kept, consented: marketing.consented };
}

export async function checkout() {
  const [cart, shop, { user, saved, kept, consented }] = await Promise.all([loadCart(), site(), known()]);
  if (cart.items.length === 0) return { title: "Checkout", content: emptyCart };
  const here = shop.default_country ?? new Intl.Locale(navigator.language).region ?? "US";
  const terms = { here, user, saved, kept, wording: consented ? null : consentWording(shop) };
  const mount = (main) => {
    const form = main.querySelector("form");
    const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "[]");
    for (const [name, value] of draft) {
      const input = form.elements.namedItem(name);
      if (input instanceof Element && input.type !== "checkbox" && (name !== "email" || !user)) input.value = value;
    }
    if (draft.length > 0) form.querySelectorAll("[data-saved]").forEach((select) => (select.value = ""));
    start(form, cart, terms);
  };
  return { title: "Checkout", content: page(cart, terms), mount, tells: ["checkout_start", {}] };
}
