// What only the search's list shows: its field, what was searched instead, and help for no result.

import { get } from "../api.js";
import { html, safeUrl } from "../dom.js";
import { grid } from "../pieces.js";
import { opened } from "../searched.js";

export const searchField = (term) => html`<form class="search-page" role="search" action="/search/">
  <input type="search" name="q" value="${term}" placeholder="What are you looking for?" aria-label="Search the shop" ${!term && "autofocus"}
    role="combobox" aria-autocomplete="list" aria-expanded="false" aria-controls="suggestions" autocomplete="off" maxlength="200" />
  <button class="button" type="submit">Search</button></form>`;

/** “No result for “lapm”, so these are for “lamp”.” */
export const mended = ({ query, searched }) => searched && html`<p class="search-note" data-testid="mended">
  Nothing is called “${query}”. These are the results for <strong>“${searched}”</strong>.</p>`;

/** For a search that found nothing: other words, the categories, and what others like. */
export async function help(term) {
  const [categories, liked] = await Promise.all([
    get("/categories/").then(({ results }) => results, () => []),
    get("/products/", { ordering: "best_selling", in_stock: true, page_size: 4 }).then(({ results }) => results, () => []),
  ]);
  return html`<div class="empty" data-testid="nothing-found"><p class="lead">Nothing was found for “${term}”.</p>
    <ul class="tips"><li>Is every word spelled as it should be?</li><li>Fewer or more general words find more.</li>
      <li>A brand, a colour or an article number works too.</li></ul>
    ${categories.length > 0 && html`<nav aria-label="Categories"><ul class="pills">${categories.map(({ name, url }) =>
      html`<li><a class="pill" href="${safeUrl(url)}">${name}</a></li>`)}</ul></nav>`}
    ${liked.length > 0 && html`<section class="section"><div class="section__head"><h2>What others like</h2>
      <a class="more" href="/products/">See all products</a></div>${grid(liked)}</section>`}</div>`;
}

/** Tells which hits of `answer` are opened. `page` and `size` say where its first one stands. */
export function watchHits(main, answer, { page, size }) {
  const tell = ({ target, button }) => {
    const cards = [...main.querySelectorAll(".listing__main .card")];
    const at = cards.indexOf(target.closest("a[href]")?.closest(".card"));
    if (at >= 0 && button < 2) opened(answer.query_id, answer.results[at].id, (page - 1) * size + at + 1);
  };
  const hits = main.querySelector(".listing__main .grid");
  hits?.addEventListener("click", tell);
  hits?.addEventListener("auxclick", tell); // the middle button, into another tab
}
