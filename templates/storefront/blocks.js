// An editorial body as the API gives it: blocks of {type, value, id}. Elsewhere it is plain HTML.

import { get } from "./api.js";
import { html, render, richText, safeUrl } from "./dom.js";
import { card, picture, questions } from "./pieces.js";

const figure = ({ image, caption }) => html`<figure class="block__figure">
  ${picture(image, { sizes: "(min-width: 60rem) 46rem, 92vw" })}${caption && html`<figcaption>${caption}</figcaption>`}</figure>`;

const BLOCKS = {
  text: richText,
  picture: figure,
  gallery: ({ pictures }) => html`<div class="block__columns">${pictures.map(figure)}</div>`,
  quote: ({ text, by }) => html`<blockquote class="block__quote"><p>${text}</p>${by && html`<footer>${by}</footer>`}</blockquote>`,
  two_columns: ({ left, right }) => html`<div class="block__columns"><div>${body(left)}</div><div>${body(right)}</div></div>`,
  video: ({ url, caption }) => html`<p class="block"><a href="${safeUrl(url)}" target="_blank" rel="noopener">${caption || "Watch the video"}</a></p>`,
  faqs: ({ heading, questions: list }) => html`<section class="faq">${heading && html`<h2>${heading}</h2>`}${questions(list)}</section>`,
  products: ({ heading, products, product_ids: ids }) => html`<section class="block">${heading && html`<h2>${heading}</h2>`}
    <ul class="grid" data-products="${ids.join()}">${products.map(({ name, url }) => html`<li><a href="${safeUrl(url)}">${name}</a></li>`)}</ul></section>`,
  call_to_action: ({ heading, text, link }) => html`<section class="callout"><h2>${heading}</h2><p>${text}</p>
    ${link.url && html`<a class="button" href="${safeUrl(link.url)}">${link.text}</a>`}</section>`,
};

export const body = (content) =>
  Array.isArray(content) ? content.map(({ type, value }) => BLOCKS[type]?.(value)) : richText(content);

/** Puts cards where a body only names products: their prices depend on the shopper's currency. */
export async function showCards(root) {
  for (const list of root.querySelectorAll("[data-products]")) {
    const { results } = await get("/products/", { ids: list.dataset.products }).catch(() => ({ results: [] }));
    const ids = list.dataset.products.split(",");
    results.sort((a, b) => ids.indexOf(String(a.id)) - ids.indexOf(String(b.id)));
    if (results.length > 0) render(list, results.map(card));
  }
}
