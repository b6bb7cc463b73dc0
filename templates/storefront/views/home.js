import { get } from "../api.js";
import { body } from "../blocks.js";
import { html, icon, safeUrl } from "../dom.js";
import { countdown, grid, picture, tick } from "../pieces.js";
import { alsoLike, fillSeen, fillShelf, seen, seenShelf, shelf } from "../recommended.js";

const hero = ({ title, text, cta, image }) => html`<section class="hero">
  <div class="hero__text">
    <h1>${title}</h1>
    ${text && html`<p class="lead">${text}</p>`}
    <a class="button button--large" href="${safeUrl(cta?.url ?? "/products/")}">${cta?.label ?? "See all products"} ${icon("arrow")}</a>
  </div>
  ${image && html`<div class="hero__image">${picture(image, { sizes: "(min-width: 60rem) 55vw, 100vw", eager: true })}</div>`}
</section>`;

export const promotion = (promo) => html`<article class="promo">
  <div class="promo__text">
    <h3><a href="${safeUrl(promo.url)}">${promo.title}</a></h3>
    <p>${promo.teaser}</p>
    ${countdown(promo.ends_at)}
    ${promo.code && html`<p class="promo__code">Code <code>${promo.code}</code></p>`}
  </div>
  ${promo.image && html`<div class="promo__image">${picture(promo.image, { sizes: "(min-width: 60rem) 25vw, 50vw", alt: "" })}</div>`}
</article>`;

const section = (id, title, more, content) => html`<section class="section" aria-labelledby="${id}">
  <header class="section__head"><h2 id="${id}">${title}</h2>
    ${more && html`<a class="more" href="${more.url}">${more.label} ${icon("arrow")}</a>`}</header>
  ${content}
</section>`;

const categoryTile = ({ name, url, image, product_count: count }) => html`<li class="category">
  <div class="tile">${picture(image, { sizes: "(min-width: 60rem) 18vw, 40vw", alt: "" })}</div>
  <h3><a href="${safeUrl(url)}">${name}</a></h3><p class="muted">${count} ${count === 1 ? "product" : "products"}</p></li>`;

const categoryTiles = (list) =>
  list.some(({ image }) => image)
    ? html`<ul class="categories">${list.map(categoryTile)}</ul>`
    : html`<ul class="pills">${list.map(({ name, url }) => html`<li><a class="pill" href="${safeUrl(url)}">${name}</a></li>`)}</ul>`;

const brandLinks = (list) => html`<ul class="brands">${list.map((brand) => html`<li><a href="${safeUrl(brand.url)}">
  ${brand.logo && picture(brand.logo, { sizes: "64px", alt: "" })}${brand.name}</a></li>`)}</ul>`;

/** Shows a home answer: the live one, with `shelves`, or a draft's. */
export const homePage = ({ hero: top, featured = [], promotions = [], categories = [], brands = [], body: content = [] }, shelves = null) => html`
  ${top && hero(top)}
  ${categories.length > 0 && section("categories", "By category", null, categoryTiles(categories))}
  ${featured.length > 0 && section("featured", "Featured", { url: "/products/", label: "All products" }, grid(featured.slice(0, 8)))}
  ${promotions.length > 0 && section("promotions", "On now", null, html`<div class="promos">${promotions.map(promotion)}</div>`)}
  ${shelves}
  ${content.length > 0 && html`<div class="section narrow">${body(content)}</div>`}
  ${brands.length > 0 && section("brands", "Brands", null, brandLinks(brands))}`;

export async function home() {
  const answer = await get("/home/");
  const known = seen();
  const shelves = [shelf("popular", known.length > 0 ? "You may like" : "Popular now"), seenShelf()];
  const mount = (main) => {
    const featured = new Set((answer.featured ?? []).slice(0, 8).map(({ id }) => id));
    fillShelf(main, "popular", async () => (await alsoLike(known)).filter(({ id }) => !featured.has(id)));
    fillSeen(main);
    return tick(main);
  };
  return { title: "", description: answer.hero?.text, content: homePage(answer, shelves), mount };
}

export async function categories() {
  const { results } = await get("/categories/");
  return { title: "Categories", content: html`<header class="list-head"><h1>Categories</h1></header>${categoryTiles(results)}` };
}

export async function brands() {
  const { results } = await get("/brands/", { page_size: 100 });
  return { title: "Brands", content: html`<header class="list-head"><h1>Brands</h1></header>${brandLinks(results)}` };
}
