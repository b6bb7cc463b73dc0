// Pages that are only read: FAQ, standard pages, promotions.

import { Problem, get } from "../api.js";
import { body } from "../blocks.js";
import { html, safeUrl } from "../dom.js";
import { countdown, picture, questions, tick } from "../pieces.js";
import { promotion as teaser } from "./home.js";

export async function faq() {
  const { results } = await get("/faqs/");
  const content = html`<div class="narrow"><h1>Questions, answered</h1>
    ${results.length === 0 && html`<p class="lead">Nothing here yet.</p>`}
    ${results.map((group) => html`<section class="faq"><h2>${group.topic}</h2>${questions(group.questions)}</section>`)}</div>`;
  return { title: "Questions, answered", content };
}

/** A page of prose: title, a summary, a picture, a body. */
export const proseOf = ({ title, summary, introduction, image, body: content }) => html`<article class="narrow"><h1>${title}</h1>
  ${(summary || introduction) && html`<p class="lead">${summary || introduction}</p>`}
  ${image && html`<figure class="block__figure">${picture(image, { sizes: "(min-width: 60rem) 46rem, 92vw", eager: true })}</figure>`}
  ${body(content)}</article>`;

export async function standard({ params }) {
  const { items } = await get("/v2/pages/", { slug: params.slug, type: "content.StandardPage", fields: "*" });
  if (items.length === 0) throw new Problem(404);
  const { title, meta } = items[0];
  return { title: meta?.seo_title || title, description: meta?.search_description, content: proseOf(items[0]) };
}

export const promotionPage = (promo) => html`<article>
  <header class="promo-head">
    <div><p class="eyebrow">On now</p><h1>${promo.title}</h1>
      ${promo.teaser && html`<p class="lead">${promo.teaser}</p>`}${countdown(promo.ends_at)}
      ${promo.code && html`<p class="promo__code">Code <code>${promo.code}</code></p>`}</div>
    ${promo.image && html`<div class="tile">${picture(promo.image, { sizes: "(min-width: 60rem) 50vw, 100vw", eager: true })}</div>`}
  </header>
  <div class="narrow">${body(promo.body)}
    <p><a class="button" href="${safeUrl(promo.link?.url ?? "/products/")}">${promo.link?.label ?? "See all products"}</a></p></div></article>`;

export async function promotion({ params }) {
  const { results } = await get("/promotions/");
  const promo = results.find(({ slug }) => slug === params.slug);
  if (!promo) throw new Problem(404);
  return { title: promo.title, description: promo.teaser, content: promotionPage(promo), mount: tick };
}

export async function promotions() {
  const { results } = await get("/promotions/");
  const content = html`<h1>On now</h1>${results.length === 0
    ? html`<p class="lead">No promotion is running today.</p>`
    : html`<div class="promos">${results.map(teaser)}</div>`}`;
  return { title: "On now", content, mount: tick };
}
