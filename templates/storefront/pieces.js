// What several pages show: money, pictures, product cards, totals.

import { locale } from "./api.js";
import { countryName } from "./countries.js";
import { html, icon, marked, richText, safeUrl } from "./dom.js";
import { heart } from "./wishes.js";

/** `{amount, currency}` as people write it. `short` drops the decimals of round prices. */
export function money(value, { short = false } = {}) {
  if (!value) return "";
  const { amount, currency } = value;
  const formatter = new Intl.NumberFormat(locale.value ?? undefined, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    trailingZeroDisplay: short ? "stripIfInteger" : "auto",
  });
  return formatter.format(amount);
}

const decimals = ({ amount }) => amount.split(".")[1]?.length ?? 0;

/** Whole minor units, to add up without fractions; and back to money like `like`. */
export const minor = (value) => Math.round(Number(value.amount) * 10 ** decimals(value));
export const fromMinor = (units, like) =>
  ({ ...like, amount: (units / 10 ** decimals(like)).toFixed(decimals(like)) });

export const isZero = (value) => !value || Number(value.amount) === 0;

export const date = (iso, style = { dateStyle: "long" }) =>
  new Intl.DateTimeFormat(locale.value ?? undefined, style).format(new Date(iso));

/** Pictures that are nearly square fill their tile, others stand in it whole. */
export function picture(image, { sizes = "100vw", eager = false, alt = image?.alt } = {}) {
  if (!image?.url) return html`<span class="tile__blank" aria-hidden="true"></span>`;
  const ratio = image.width / image.height;
  return html`<img class="${ratio > 0.75 && ratio < 1.34 ? "fills" : "fits"}" src="${safeUrl(image.url)}"
    srcset="${image.srcset || safeUrl(image.url)}" sizes="${sizes}" width="${image.width}" height="${image.height}"
    alt="${alt ?? ""}" loading="${eager ? "eager" : "lazy"}" decoding="async" />`;
}

export const price = (now, before, { prefix = "" } = {}) => html`<p class="price">
  ${before && html`<span class="visually-hidden">Now </span>`}
  <span class="${before ? "price__now price__now--reduced" : "price__now"}">${prefix}${money(now, { short: true })}</span>
  ${before && html`<span class="visually-hidden">, before </span><s>${money(before, { short: true })}</s>`}
</p>`;

export const rating = ({ average, count } = {}) =>
  count > 0 &&
  html`<p class="rating">
    ${icon("star")}<span><span class="visually-hidden">Rated </span>${Number(average).toFixed(1)}
    <span class="muted">(${count}<span class="visually-hidden"> reviews</span>)</span></span>
  </p>`;

export const badges = (list = []) =>
  list.length > 0 &&
  html`<ul class="badges">${list.filter((badge) => badge !== "featured").slice(0, 2).map((badge) => html`<li>${badge.replaceAll("_", " ")}</li>`)}</ul>`;

/** A card's address; a search that named a variant leads to it. */
const leadsTo = ({ url, variant_id: variant }) =>
  safeUrl(variant ? `${url}${url.includes("?") ? "&" : "?"}variant=${variant}` : url);

export function card(product, index = 9) {
  const { name: inName, brand: inBrand, summary: inSummary } = product.highlights ?? {};
  const ranged = product.price_to && product.price_to.amount !== product.price_from?.amount;
  return html`<li class="card" data-testid="product-card">
    <div class="tile">
      ${picture(product.thumbnail, { sizes: "(min-width: 60rem) 22vw, 46vw", eager: index < 4, alt: "" })}
      ${badges(product.in_stock ? product.badges : ["sold out"])}
    </div>
    <p class="card__brand">${inBrand ? marked(inBrand) : product.brand?.name}</p>
    <h3 class="card__name"><a href="${leadsTo(product)}">${inName ? marked(inName) : product.name}</a></h3>
    ${inSummary && !inName && html`<p class="card__found">${marked(inSummary)}</p>`}
    ${price(product.price_from, product.compare_at_price, { prefix: ranged ? "from " : "" })}
    ${rating(product.rating)}
    ${heart(product)}
  </li>`;
}

export const grid = (products) => html`<ul class="grid">${products.map(card)}</ul>`;

export const breadcrumbs = (trail = []) =>
  trail.length > 1 &&
  html`<nav class="breadcrumbs" aria-label="Breadcrumbs"><ol>
    ${trail.map(({ name, url }, i) =>
      i === trail.length - 1 || !url
        ? html`<li><span aria-current="page">${name}</span></li>`
        : html`<li><a href="${safeUrl(url)}">${name}</a></li>`,
    )}
  </ol></nav>`;

/** − 1 +; whoever shows it listens for the input's `change`. */
export const stepper = (value, { label, max = 99, key = "" }) => html`<div class="stepper" role="group" aria-label="${label}">
  <button type="button" data-step="-1" data-key="${key}-less" aria-label="One less">${icon("minus")}</button>
  <input type="number" inputmode="numeric" min="1" max="${max}" value="${value}" aria-label="${label}"
    data-key="${key}" data-testid="quantity" />
  <button type="button" data-step="1" data-key="${key}-more" aria-label="One more">${icon("plus")}</button>
</div>`;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  const input = button?.parentElement.querySelector("input");
  if (!input) return;
  const wanted = Math.min(Math.max((Number(input.value) || 1) + Number(button.dataset.step), 1), Number(input.max));
  if (String(wanted) === input.value) return;
  input.value = wanted;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

export const optionsOf = (options) =>
  Object.entries(options ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(" · ");

/** A line of a cart or an order in a summary. */
export const miniLine = (item) => html`<li class="mini">
  <span class="tile">${picture(item.image, { sizes: "64px", alt: "" })}</span>
  <span class="mini__text">${item.name}<span class="muted">${optionsOf(item.options)}</span>${problemNotes(item.problems)}</span>
  <span class="mini__count">× ${item.quantity}</span><span>${money(item.line_total)}</span>
</li>`;

export const addressOf = (place) => html`<address>${[
  `${place.first_name} ${place.last_name}`, place.company, place.line1, place.line2,
  `${place.postal_code} ${place.city}`, place.region, countryName(place.country), place.phone,
].filter((part) => part?.trim()).map((part) => html`${part}<br />`)}</address>`;

export const problemNotes = (problems = []) =>
  problems.length > 0 && html`<ul class="problems">${problems.map(({ detail }) => html`<li>${detail}</li>`)}</ul>`;

export const emptyCart = html`<section class="notice-page"><h1>Your cart is empty</h1>
  <p class="lead">Nothing here yet. Have a look around and take your time.</p>
  <p><a class="button" href="/products/">See all products</a></p></section>`;

/**
 * The rows of a bill. Free delivery is among the discounts and off the shipping as well, so the row
 * for shipping is what makes the others add up to the total.
 */
export function totals({ subtotal, discounts, tax, tax_included: included, total, refunded }, shippingLabel, isKnown = true) {
  const less = discounts.reduce((sum, { amount }) => sum + minor(amount), 0);
  const shipping = fromMinor(minor(total) - minor(subtotal) + less - (included ? 0 : minor(tax)), total);
  return html`<dl class="totals">
    <div><dt>Subtotal</dt><dd>${money(subtotal)}</dd></div>
    <div><dt>${shippingLabel}</dt><dd>${isKnown ? freeOr(shipping) : "At checkout"}</dd></div>
    ${discounts.map(({ name, amount }) => html`<div class="totals__less"><dt>${name}</dt><dd>−${money(amount)}</dd></div>`)}
    ${!included && !isZero(tax) && html`<div><dt>Tax</dt><dd>${money(tax)}</dd></div>`}
    <div class="totals__sum"><dt>Total</dt><dd data-testid="total">${money(total)}</dd></div>
    ${included && !isZero(tax) && html`<div><dt>Tax in it</dt><dd>${money(tax)}</dd></div>`}
    ${!isZero(refunded) && html`<div><dt>Refunded</dt><dd>−${money(refunded)}</dd></div>`}
  </dl>`;
}

export const freeOr = (price) => (isZero(price) ? "Free" : money(price));

export const questions = (list) => list.map(({ id, question, answer }) => html`<details id="question-${id}">
  <summary>${question}</summary>${richText(answer)}</details>`);

/** How long until `iso`, in its two largest units; null when it has passed. */
export function timeLeft(iso) {
  const minutes = Math.floor((new Date(iso) - Date.now()) / 60000);
  if (!iso || minutes < 0) return null;
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} ${days === 1 ? "day" : "days"} ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

export const countdown = (iso) =>
  timeLeft(iso) && html`<p class="countdown">Ends in <time datetime="${iso}" data-countdown="${iso}">${timeLeft(iso)}</time></p>`;

/** Keeps the countdowns of a page honest. Returns the way to stop. */
export function tick(root) {
  const timer = setInterval(() => {
    for (const node of root.querySelectorAll("[data-countdown]")) {
      node.textContent = timeLeft(node.dataset.countdown) ?? "a moment";
    }
  }, 20000);
  return () => clearInterval(timer);
}

/** "Visa ending in 4242" */
export const cardName = ({ brand, last4 }) => `${brand.charAt(0).toUpperCase()}${brand.slice(1).replaceAll("_", " ")} ending in ${last4}`;
