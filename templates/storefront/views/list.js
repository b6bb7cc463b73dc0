// Every list of products: all, of a category, of a brand, found. The address holds the whole state, so
// each filter is a plain link, and the back button and a shared link simply work.

import { currency, get, site } from "../api.js";
import { body } from "../blocks.js";
import { html, icon, safeUrl } from "../dom.js";
import { breadcrumbs, grid, money, picture } from "../pieces.js";
import { navigate } from "../router.js";
import { help, mended, searchField, watchHits } from "./search.js";

const ORDERINGS = {
  "": "Recommended",
  newest: "Newest",
  best_selling: "Best selling",
  price: "Price, low to high",
  "-price": "Price, high to low",
  rating: "Best rated",
  name: "Name",
};
const FILTERS = ["brand", "category", "min_price", "max_price", "min_rating", "in_stock", "featured", "tags"];
const PAGE_SIZE = 24;
const MAX_TERM = 200; // as many characters as the fields take, and the shop reads
const isList = (key) => ["brand", "category", "tags"].includes(key) || key.startsWith("attr.");
const isFilter = (key) => FILTERS.includes(key) || key.startsWith("attr.");
const titled = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
const products = (count) => `${count} ${count === 1 ? "product" : "products"}`;

/** The address with some parameters changed; null takes one away, a list repeats it. Filters lead back to page one. */
function addressWith({ path, query }, changes) {
  const next = new URLSearchParams(query);
  for (const [key, values] of Object.entries({ page: null, ...changes })) {
    next.delete(key);
    for (const value of [values].flat()) if (value !== null && value !== "") next.append(key, value);
  }
  return next.size > 0 ? `${path}?${next}` : path;
}

/** What is chosen of a kind, of which any will do: between commas, unless that is one value with commas in it. */
const chosenOf = (query, key, isOne) =>
  query.getAll(key).flatMap((text) => (isOne(text) ? text : text.split(",").map((one) => one.trim()))).filter(Boolean);

/** Several as a parameter: values of attributes may hold commas, slugs cannot. */
const parameter = (key, values) => (key.startsWith("attr.") ? values : values.join());

/** The facets as groups of choices: whether each is on now, and what a click changes. */
function groupsOf({ query }, facets = {}, currency) {
  const values = (key, list = []) => {
    const names = list.map(({ value, slug }) => String(slug ?? value));
    const chosen = chosenOf(query, key, (text) => names.includes(text));
    return list.map(({ label, count }, index) => {
      const own = names[index];
      const on = chosen.includes(own);
      const next = on ? chosen.filter((one) => one !== own) : [...chosen, own];
      return { id: `${key}:${own}`, label, count, on, leadsTo: { [key]: parameter(key, next) } };
    });
  };
  const amount = (value) => money({ amount: value, currency }, { short: true });
  const bands = (facets.price ?? []).map(({ min, max, count }) => {
    const on = query.get("min_price") === min && query.get("max_price") === max;
    const label = max ? `${amount(min)} – ${amount(max)}` : `${amount(min)} and more`;
    return { id: `price:${min}`, label, count, on, leadsTo: on ? { min_price: null, max_price: null } : { min_price: min, max_price: max } };
  });
  const inStock = query.get("in_stock") === "true";
  const stock = { id: "in_stock", label: "In stock", count: facets.in_stock?.true, on: inStock, leadsTo: { in_stock: inStock ? null : "true" } };
  const ratings = (facets.rating ?? []).map(({ min, count }) => {
    const on = query.get("min_rating") === String(min);
    return { id: `rating:${min}`, label: `${min} ★ and more`, count, on, leadsTo: { min_rating: on ? null : min } };
  });
  return [
    { key: "category", title: "Category", choices: values("category", facets.category) },
    { key: "brand", title: "Brand", choices: values("brand", facets.brand) },
    { key: "price", title: "Price", choices: bands },
    { key: "in_stock", title: "Availability", choices: facets.in_stock ? [stock] : [] },
    { key: "rating", title: "Rating", choices: ratings },
    ...Object.entries(facets.attributes ?? {}).map(([name, list]) => ({ key: name, title: titled(name), choices: values(`attr.${name}`, list) })),
  ].filter(({ choices }) => choices.length > 0);
}

const filters = (page, groups, count) => html`<div class="filters" id="filters">
  <header class="filters__head"><h2>Filters</h2>
    <button class="icon-button" type="button" data-close aria-label="Close filters">${icon("close")}</button></header>
  ${groups.map(({ title, choices }) => html`<details class="facets" open><summary>${title}</summary><ul>
    ${choices.map((choice) => html`<li><a class="facet" href="${addressWith(page, choice.leadsTo)}" ${choice.on && html`aria-current="true"`}
      data-key="${choice.id}"><span class="facet__box">${choice.on && icon("check")}</span>
      <span>${choice.label}</span><span class="facet__count">${choice.count}</span></a></li>`)}
  </ul></details>`)}
  <p class="filters__done"><button class="button" type="button" data-close>Show ${products(count)}</button></p>
</div>`;

/** Filters that are on and that no facet offers any more, such as a brand of which nothing is left. */
function othersOn({ query }, groups, active) {
  const offered = groups.flatMap(({ choices }) => choices).filter(({ on }) => on);
  const ids = new Set(offered.map(({ id }) => id));
  const keys = new Set(offered.flatMap(({ leadsTo }) => Object.keys(leadsTo)));
  return active.flatMap((key) => {
    const isOffered = (one) => ids.has(`${key}:${one}`) || (keys.has(key) && !isList(key));
    const chosen = chosenOf(query, key, isOffered);
    const lost = chosen.filter((one) => !isOffered(one));
    if (lost.length === 0) return [];
    const name = titled(key.replace(/^attr\./, ""));
    const label = lost[0] === "true" ? name : `${name}: ${lost.join(", ")}`;
    return [{ label, leadsTo: { [key]: parameter(key, chosen.filter(isOffered)) } }];
  });
}

const chips = (page, groups, active) => active.length > 0 && html`<ul class="chips" aria-label="Active filters">
  ${[...groups.flatMap(({ choices }) => choices).filter(({ on }) => on), ...othersOn(page, groups, active)].map((choice) => html`<li><a href="${addressWith(page, choice.leadsTo)}">
    <span class="visually-hidden">Remove </span>${choice.label} ${icon("close")}</a></li>`)}
  <li><a class="chips__clear" href="${addressWith(page, Object.fromEntries(active.map((key) => [key, null])))}">Clear all</a></li>
</ul>`;

function pages(page, { count, next, previous }) {
  if (!next && !previous) return null;
  const here = Number(page.query.get("page") ?? 1);
  const to = (number) => addressWith(page, { page: number });
  return html`<nav class="pages" aria-label="Pages">
    ${previous ? html`<a class="button button--quiet" rel="prev" href="${to(here - 1)}">${icon("back")} Previous</a>` : html`<span></span>`}
    <span class="muted">Page ${here} of ${Math.ceil(count / PAGE_SIZE)}</span>
    ${next ? html`<a class="button button--quiet" rel="next" href="${to(here + 1)}">Next ${icon("arrow")}</a>` : html`<span></span>`}
  </nav>`;
}

async function heading(kind, { params }, term) {
  if (kind === "search") return { name: term ? `“${term}”` : "Search" };
  if (kind === "products") return { name: "All products" };
  return get(`/${kind === "brand" ? "brands" : "categories"}/${params.slug}/`);
}

const intro = (kind, record, term) => html`${breadcrumbs(record.breadcrumbs)}
  <header class="list-head">
    ${record.logo && html`<div class="list-head__logo">${picture(record.logo, { sizes: "120px", alt: "" })}</div>`}
    <h1>${record.name}</h1>
    ${record.description && html`<p class="lead">${record.description}</p>`}
    ${kind === "search" && searchField(term)}
    ${record.children?.length > 0 && html`<ul class="pills">${record.children.map(({ name, url }) =>
      html`<li><a class="pill" href="${safeUrl(url)}">${name}</a></li>`)}</ul>`}
  </header>`;

const nothing = html`<div class="empty"><p class="lead">Nothing matches.</p><p>Try fewer filters or another word.</p>
  <a class="button button--quiet" href="/products/">See all products</a></div>`;

const KEEP = 5 * 60_000; // ms
let latest = null; // the search that was made last: whoever comes back to it does not search again

let drawerOpen = null; // the path whose filters are being chosen on a small screen

/** `kind`: products, category, brand or search. */
export const list = (kind) => async (page) => {
  const { params, query } = page;
  const isSearch = kind === "search";
  const term = (query.get("q") ?? "").slice(0, MAX_TERM);
  const active = [...new Set(query.keys())].filter(isFilter);
  const asked = { facets: 1, page: query.get("page"), ordering: query.get("ordering") };
  for (const key of active) asked[key] = query.getAll(key);
  if (isSearch) asked.q = term;
  else if (kind !== "products") asked[kind] = params.slug;

  // Turning a page, choosing a filter or an order, and taking that back, is no new search.
  const isWhole = isSearch && term && active.length === 0 && !query.get("page") && !query.get("ordering");
  const isBack = isWhole && latest?.term === term && performance.now() < latest.until;
  const ask = () => get(isSearch ? "/search/" : "/products/", asked);

  const [record, answer] = await Promise.all([
    heading(kind, page, term),
    isSearch && !term ? { count: null, results: [] } : isBack ? latest.answer : ask(),
  ]);
  if (isWhole && !isBack) latest = { term, answer, until: performance.now() + KEEP };
  const priced = answer.results[0]?.price_from?.currency ?? currency.value ?? (await site()).default_currency;
  const groups = groupsOf(page, answer.facets, priced).filter(({ key }) => key !== kind);
  const orderings = isSearch ? { ...ORDERINGS, "": "Best match" } : ORDERINGS;
  const content = html`${intro(kind, record, term)}
    ${isSearch && mended(answer)}
    ${answer.count === 0 && (isSearch && active.length === 0 ? await help(term) : nothing)}
    ${(answer.count > 0 || active.length > 0) && html`<div class="listing">
      <aside class="listing__side" aria-label="Filters">${filters(page, groups, answer.count)}</aside>
      <dialog class="drawer drawer--right" aria-label="Filters"></dialog>
      <section class="listing__main" aria-label="Products">
        <div class="toolbar">
          <button class="button button--quiet toolbar__filter" type="button" data-open>${icon("filter")} Filters</button>
          <p class="muted">${products(answer.count)}</p>
          <label class="select">Sort <select data-ordering data-key="ordering">${Object.entries(orderings).map(([value, label]) =>
            html`<option value="${value}" ${value === (query.get("ordering") ?? "") && "selected"}>${label}</option>`)}</select></label>
        </div>
        ${chips(page, groups, active)}${grid(answer.results)}${pages(page, answer)}
      </section>
    </div>`}
    ${record.body?.length > 0 && html`<div class="section narrow">${body(record.body)}</div>`}`;

  const mount = (main) => {
    if (isSearch) watchHits(main, answer, { page: Number(query.get("page") ?? 1), size: PAGE_SIZE });
    const drawer = main.querySelector("dialog");
    if (!drawer) return;
    const side = main.querySelector(".listing__side");
    const open = () => {
      drawer.append(side.firstElementChild);
      drawer.showModal();
      drawerOpen = page.path;
    };
    drawer.addEventListener("close", () => {
      side.append(drawer.firstElementChild);
      drawerOpen = null;
    });
    drawer.addEventListener("click", ({ target }) => {
      if (target === drawer || target.closest("[data-close]")) drawer.close();
    });
    main.querySelector("[data-open]").addEventListener("click", open);
    main.querySelector("[data-ordering]").addEventListener("change", ({ target }) =>
      navigate(addressWith(page, { ordering: target.value })));
    if (drawerOpen === page.path) open(); // it stays open while filters are being chosen
    else drawerOpen = null;
  };
  const tells = isWhole && !isBack ? ["search", { query: term, results: answer.count }] : null;
  const says = answer.count === null ? record.name : `${record.name}, ${products(answer.count)}`;
  return { title: record.name, description: record.seo?.description, content, says, mount, tells };
};
