import { get } from "../api.js";
import { addToCart } from "../cart.js";
import { body } from "../blocks.js";
import { html, icon, render, safeUrl, toast } from "../dom.js";
import { badges, breadcrumbs, date, grid, picture, price, rating, stepper } from "../pieces.js";
import { fillSeen, fillShelf, goesWith, noteSeen, seenShelf, shelf } from "../recommended.js";
import { heart, mayWish, watchWishes, wish, wishFor } from "../wishes.js";
import { askShop } from "./inquiries.js";
import { reviewsPlace, startReviews } from "./reviews.js";

const matches = (variant, chosen) =>
  Object.entries(chosen).every(([name, value]) => variant.options[name] === value);
const buyable = (variant) => variant.price && variant.availability.state !== "out";

/** The variant nearest to what was just chosen: other options give way before the last click does. */
function nearest(product, chosen, name) {
  const exact = product.variants.find((variant) => matches(variant, chosen));
  if (exact) return exact;
  const same = product.variants.filter((variant) => variant.options[name] === chosen[name]);
  return same.find(buyable) ?? same[0];
}

function availability({ price: known, availability: { state, left, available_at: at } }) {
  if (!known) return html`<p class="stock stock--out">Not sold in this currency</p>`;
  const words = {
    in_stock: "In stock, ready to ship",
    low: left ? `Only ${left} left` : "Nearly gone",
    out: "Sold out",
    backorder: at ? `On its way: ships from ${date(at)}` : "Made to order",
  };
  return html`<p class="stock stock--${state}">${words[state] ?? state}</p>`;
}

/** Radio buttons that look like pills; what cannot be had with the other choices is struck through. */
const optionPills = (product, chosen) =>
  product.options.map(({ name, values }) => html`<fieldset class="option">
    <legend>${name} <span class="muted">${chosen.options[name]}</span></legend>
    <div class="pills">${values.map((value) => {
      const variant = product.variants.find((one) => matches(one, { ...chosen.options, [name]: value }));
      const gone = !variant || !buyable(variant);
      return html`<label class="pill ${gone && "pill--gone"}" data-testid="option-${name}-${value}">
        <input type="radio" name="option-${name}" value="${value}" data-option="${name}"
          data-key="option-${name}-${value}" ${chosen.options[name] === value && "checked"} />
        <span>${value}${gone && html`<span class="visually-hidden"> (${variant ? "sold out" : "not in this combination"})</span>`}</span>
      </label>`;
    })}</div>
  </fieldset>`);

/** Pictures that show the chosen variant first, then those that belong to every variant. */
function galleryOf(product, variant) {
  const pictures = product.gallery?.length ? [...product.gallery] : [product.thumbnail].filter(Boolean);
  const start = pictures.findIndex((image) =>
    variant.image?.url === image.url ||
    (Object.keys(image.options ?? {}).length > 0 && matches(variant, image.options)));
  if (start < 0 && variant.image?.url) return { pictures: [variant.image, ...pictures], start: 0 };
  return { pictures, start: Math.max(start, 0) };
}

const gallery = ({ pictures, start }, name) => html`
  <div class="gallery__main tile">${picture(pictures[start], { sizes: "(min-width: 60rem) 55vw, 100vw", eager: true, alt: pictures[start]?.alt || name })}</div>
  ${pictures.length > 1 && html`<ul class="gallery__thumbs">${pictures.map((image, i) => html`<li>
    <button class="tile" type="button" data-picture="${i}" aria-label="Picture ${i + 1} of ${pictures.length}"
      aria-pressed="${String(i === start)}">${picture(image, { sizes: "96px", alt: "" })}</button></li>`)}</ul>`}`;

const buyForm = (product, variant, preview) => html`
  ${price(variant.price, variant.compare_at_price)}
  ${availability(variant)}
  ${optionPills(product, variant)}
  <div class="buy">
    ${preview
      ? html`<p class="muted">A draft cannot be bought. Price and stock are today’s.</p>`
      : html`${stepper(1, { label: "Quantity", max: variant.availability.left ?? 99, key: "quantity" })}
        <button class="button button--large" type="submit" data-testid="add-to-cart" data-key="add" ${!buyable(variant) && "disabled"}>
          ${buyable(variant) ? "Add to cart" : variant.price ? "Sold out" : "Not available"}</button>
        ${heart(product)}`}
  </div>
  <p class="muted sku">${variant.sku}</p>`;

/** Which news of a wished product come by mail; and for a sold-out one, the short way to them. */
function newsOf(product, variant) {
  const known = wishFor(product.id);
  const isGone = variant?.price && !buyable(variant);
  if (!known) return isGone && html`<p><button class="text-button" type="button" data-tell data-testid="tell-me">Tell me when it is back</button></p>`;
  return html`<fieldset class="wish__news"><legend class="visually-hidden">Mails about ${product.name}</legend>
    <label class="check check--small"><input type="checkbox" name="tell_in_stock" ${known.tell_in_stock && "checked"} /> <span>Tell me when it is back in stock</span></label>
    <label class="check check--small"><input type="checkbox" name="tell_price_drop" ${known.tell_price_drop && "checked"} /> <span>Tell me when the price drops</span></label></fieldset>`;
}

function specifications(list = []) {
  if (list.length === 0) return null;
  const groups = new Map();
  for (const row of list) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return html`<section class="section"><h2>Specifications</h2><div class="specs">
    ${[...groups].map(([group, rows]) => html`<div>${group && html`<h3>${group}</h3>`}
      <dl>${rows.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div>`)}
  </div></section>`;
}

/** Shows a product answer: the live one, or a draft's (then nothing can be bought). */
export function productPage(product, { preview = false, variantId = null } = {}) {
  let variant =
    product.variants.find(({ id }) => String(id) === variantId) ?? product.variants.find(buyable) ?? product.variants[0];
  let shown = galleryOf(product, variant ?? { options: {} });
  const brand = product.brand;
  const content = html`
    ${breadcrumbs(product.breadcrumbs)}
    <article class="product">
      <div class="gallery">${gallery(shown, product.name)}</div>
      <div class="product__info">
        ${brand && html`<p class="eyebrow"><a href="${safeUrl(brand.url)}">${brand.name}</a></p>`}
        <h1>${product.name}</h1>
        ${product.rating?.count > 0 && html`<a class="rating-link" href="#reviews">${rating(product.rating)}</a>`}${badges(product.badges)}
        ${product.summary && html`<p class="lead">${product.summary}</p>`}
        <form class="product__buy">${variant ? buyForm(product, variant, preview) : html`<p class="stock stock--out">Not for sale yet</p>`}</form>
        ${!preview && html`<div class="product__news" data-news></div>
          <p class="product__ask"><button class="text-button" type="button" data-ask data-testid="ask">Ask a question about this product</button></p>`}
        ${product.highlights?.length > 0 && html`<ul class="highlights">${product.highlights.map((point) =>
          html`<li>${icon("check")}<span>${point}</span></li>`)}</ul>`}
      </div>
    </article>
    <div class="narrow product__body">${body(product.body)}</div>
    ${specifications(product.specifications)}
    ${!preview && reviewsPlace}
    ${preview
      ? product.related?.length > 0 && html`<section class="section"><header class="section__head"><h2>Goes well with it</h2></header>${grid(product.related)}</section>`
      : [shelf("goes-well", "Goes well with it"), seenShelf(product.id)]}`;

  const mount = (main) => {
    const form = main.querySelector(".product__buy");
    const box = main.querySelector(".gallery");
    const show = (next) => render(box, gallery((shown = next), product.name));

    box.addEventListener("click", ({ target }) => {
      const number = target.closest("[data-picture]")?.dataset.picture;
      if (number === undefined) return;
      show({ ...shown, start: Number(number) });
      box.querySelector(`[data-picture="${number}"]`).focus({ preventScroll: true });
    });
    form.addEventListener("change", ({ target }) => {
      const name = target.dataset.option;
      if (!name) return;
      const quantity = form.querySelector("[data-testid=quantity]")?.value;
      variant = nearest(product, { ...variant.options, [name]: target.value }, name) ?? variant;
      render(form, buyForm(product, variant, preview));
      if (!preview) showNews();
      const field = form.querySelector("[data-testid=quantity]");
      if (field && quantity) field.value = Math.min(Number(quantity), Number(field.max));
      form.querySelector(`[data-key="${CSS.escape(target.dataset.key)}"]`)?.focus({ preventScroll: true });
      const next = galleryOf(product, variant);
      if (next.pictures[next.start]?.url !== shown.pictures[shown.start]?.url) show(next);
      const address = new URL(location.href);
      address.searchParams.set("variant", variant.id);
      if (!preview) history.replaceState(history.state, "", address);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("[type=submit]");
      if (!button || button.disabled) return;
      button.disabled = true;
      try {
        await addToCart(variant.id, Number(form.querySelector("[data-testid=quantity]").value) || 1);
        toast(`${product.name} is in your cart.`, { link: { url: "/cart/", label: "View cart" } });
      } catch (problem) {
        toast(problem.message, { tone: "bad" });
      }
      button.disabled = !buyable(variant);
    });
    if (preview) return null;

    const news = main.querySelector("[data-news]");
    function showNews() {
      const focused = news.contains(document.activeElement) && document.activeElement.name;
      render(news, newsOf(product, variant));
      if (focused) news.querySelector(`[name=${focused}]`)?.focus();
    }
    async function tell(changes) {
      try {
        if (!(await mayWish())) return;
        await wish(product.id, changes);
        toast(Object.values(changes)[0] ? "We shall write to you." : "We shall not write about that.");
      } catch (problem) {
        toast(problem.message, { tone: "bad" });
        showNews();
      }
    }
    news.addEventListener("change", ({ target }) => tell({ [target.name]: target.checked }));
    news.addEventListener("click", ({ target }) => target.closest("[data-tell]") && tell({ tell_in_stock: true }));
    main.querySelector("[data-ask]").addEventListener("click", () => askShop(`About ${product.name}`, { product_id: product.id }));
    showNews();
    startReviews(main, product);
    fillShelf(main, "goes-well", () => goesWith(product.id));
    fillSeen(main, product.id);
    noteSeen(product.id);
    return watchWishes(showNews);
  };
  const { title, description } = product.seo ?? {};
  return { title: title || product.name, description, jsonLd: preview ? null : product.json_ld, content, mount, tells: preview ? null : ["product_view", { product_id: product.id }] };
}

export async function product({ params, query }) {
  return productPage(await get(`/products/${params.slug}/`), { variantId: query.get("variant") });
}
