import { newKey, post, site } from "../api.js";
import { dropCart, keepCart, loadCart, pieces } from "../cart.js";
import { html, render } from "../dom.js";
import { emptyCart, freeOr, fromMinor, miniLine, minor, totals } from "../pieces.js";
import { navigate } from "../router.js";
import { countries } from "../countries.js";

const DRAFT = "vitrine.checkout"; // what was typed, so that a reload loses nothing

const field = (name, label, { autocomplete, type = "text", required = true, wide = false }) => html`
  <p class="field ${wide && "field--wide"}"><label for="${name}">${label}${required === false && html` <span class="muted">optional</span>`}</label>
    <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" ${required && "required"} aria-describedby="${name}-error" />
    <span class="field__error" id="${name}-error"></span></p>`;

/** The server knows which countries need a postal code. */
const address = (name, autocomplete, here) => html`<div class="fields">
  ${field(`${name}.first_name`, "First name", { autocomplete: `${autocomplete} given-name` })}
  ${field(`${name}.last_name`, "Last name", { autocomplete: `${autocomplete} family-name` })}
  ${field(`${name}.line1`, "Address", { autocomplete: `${autocomplete} address-line1`, wide: true })}
  ${field(`${name}.line2`, "Flat, floor, company", { autocomplete: `${autocomplete} address-line2`, required: false, wide: true })}
  ${field(`${name}.postal_code`, "Postal code", { autocomplete: `${autocomplete} postal-code`, required: null })}
  ${field(`${name}.city`, "City", { autocomplete: `${autocomplete} address-level2` })}
  ${field(`${name}.region`, "State or region", { autocomplete: `${autocomplete} address-level1`, required: false })}
  <p class="field"><label for="${name}.country">Country</label>
    <select id="${name}.country" name="${name}.country" autocomplete="${autocomplete} country" required>
      ${countries().map(([code, label]) => html`<option value="${code}" ${code === here && "selected"}>${label}</option>`)}</select>
    <span class="field__error" id="${name}.country-error"></span></p>
  ${field(`${name}.phone`, "Phone", { autocomplete: `${autocomplete} tel`, type: "tel", required: false, wide: true })}
</div>`;

function delivery(window) {
  if (!window) return null;
  const { min_days: min, max_days: max } = window;
  return min === max ? `${min} ${min === 1 ? "day" : "days"}` : `${min} to ${max} days`;
}

const choices = (group, ways, chosen) => ways.map((way, i) => html`<label class="choice" data-testid="${group}-${way.id}">
  <input type="radio" name="${group}" value="${way.id}" required ${(chosen ? chosen === String(way.id) : i === 0) && "checked"} />
  <span class="choice__text"><strong>${way.name}</strong><span class="muted">${delivery(way.delivery) ?? way.instructions}</span></span>
  <span>${way.price && freeOr(way.price)}</span></label>`);

/** What the answer's tax and total become with another method than the cheapest, which they are for. */
function billOf({ shipping_methods: ways, tax, total }, way) {
  if (way?.total) return { tax: way.tax, total: way.total };
  const cheapest = Math.min(...ways.map(({ price }) => minor(price)));
  return { tax, total: way ? fromMinor(minor(total) - cheapest + minor(way.price), total) : total };
}

const page = (cart, here) => html`<h1>Checkout</h1>
  <form class="split checkout" novalidate>
    <div>
      <fieldset class="step"><legend>Contact</legend>
        <div class="fields">${field("email", "Email", { autocomplete: "email", type: "email", wide: true })}</div></fieldset>
      <fieldset class="step"><legend>Where it goes</legend>${address("shipping_address", "shipping", here)}
        <label class="check"><input type="checkbox" name="same" checked /> The bill goes to the same address</label></fieldset>
      <fieldset class="step" data-billing hidden disabled><legend>Billing address</legend>${address("billing_address", "billing", here)}</fieldset>
      <fieldset class="step"><legend>How it gets there</legend><div data-methods aria-live="polite"></div></fieldset>
      <fieldset class="step"><legend>How you pay</legend><div data-payments></div></fieldset>
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
    if (name === "same" || String(value).trim() === "") continue;
    const [group, part] = name.split(".");
    if (part) data[group] = { ...data[group], [part]: value.trim() };
    else data[group] = value.trim();
  }
  return data;
}

function complain(form, name, message) {
  const input = form.elements.namedItem(name);
  const note = document.getElementById(`${name}-error`);
  if (!note || !(input instanceof Element)) return null;
  note.textContent = message;
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  return message ? input : null;
}

/** Writes beside each field what is wrong with it; true when nothing is. */
function check(form) {
  const wrong = [...form.elements].filter((input) => input.name && input.willValidate).map((input) =>
    complain(form, input.name, input.validity.valid ? "" : input.validity.valueMissing ? "Please fill this in." : input.validationMessage));
  wrong.find(Boolean)?.focus();
  return !wrong.some(Boolean);
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

function start(form, first) {
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

  async function askOptions() {
    const number = ++asked;
    const { shipping_address: destination = {}, shipping_method: chosen, payment_method: payment } = bodyOf(form);
    const complete = ["first_name", "last_name", "line1", "city"].every((part) => destination[part]);
    at("totals").setAttribute("aria-busy", "true");
    try {
      const answer = await post("/checkout/options/", complete ? { shipping_address: destination } : {});
      if (number !== asked) return;
      options = answer;
      const ways = answer.shipping_methods;
      const still = ways.some(({ id }) => String(id) === chosen) && chosen;
      render(at("methods"), ways.length > 0 ? choices("shipping_method", ways, still) : "There is no shipping method to choose for this address.");
      render(at("payments"), choices("payment_method", answer.payment_methods, payment));
    } catch (problem) {
      if (number !== asked) return;
      problem.errors.forEach(({ field: name, detail }) => complain(form, name, detail));
      if (problem.errors.length === 0) render(at("methods"), html`<p class="form-error">${problem.message}</p>`);
    }
    at("totals").removeAttribute("aria-busy");
    showBill();
  }

  form.addEventListener("change", ({ target }) => {
    if (target.name === "same") at("billing").hidden = at("billing").disabled = target.checked;
    render(at("error"), null);
    if (target.validity.valid) complain(form, target.name, "");
    if (target.name === "shipping_method") showBill();
    if (target.name.startsWith("shipping_address")) askOptions();
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
    const sent = JSON.stringify(body);
    if (attempt?.sent !== sent) attempt = { sent, key: newKey() };
    try {
      const { order, payment } = await post("/checkout/", body, { "Idempotency-Key": attempt.key });
      sessionStorage.removeItem(DRAFT);
      if (payment?.instructions) sessionStorage.setItem(`vitrine.instructions.${order.number}`, payment.instructions);
      dropCart();
      const token = order.token ? `?token=${encodeURIComponent(order.token)}` : "";
      navigate(payment?.redirect_url || `/orders/${order.number}/${token}`, { replace: true });
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

export async function checkout() {
  const [cart, shop] = await Promise.all([loadCart(), site()]);
  if (cart.items.length === 0) return { title: "Checkout", content: emptyCart };
  const here = shop.default_country ?? new Intl.Locale(navigator.language).region ?? "US";
  const mount = (main) => {
    const form = main.querySelector("form");
    for (const [name, value] of JSON.parse(sessionStorage.getItem(DRAFT) ?? "[]")) {
      const input = form.elements.namedItem(name);
      if (input instanceof Element && input.type !== "checkbox") input.value = value;
    }
    start(form, cart);
  };
  return { title: "Checkout", content: page(cart, here), mount };
}
