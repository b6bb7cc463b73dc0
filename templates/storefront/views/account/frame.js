// What the pages of an account have in common: the menu beside them, headings, empty and long lists.

import { html, icon } from "../../dom.js";

const SECTIONS = [
  ["/account/", "Profile"],
  ["/account/security/", "Sign-in and security"],
  ["/account/addresses/", "Addresses"],
  ["/account/orders/", "Orders"],
  ["/account/wishlist/", "Wishlist"],
  ["/account/carts/", "Saved carts"],
  ["/account/feedback/", "Reviews and questions"],
];

/** A page of the account: `path` marks its place in the menu. */
export const framed = (path, title, content) => html`<div class="account">
  <nav class="account__menu" aria-label="Your account"><ul>${SECTIONS.map(([url, label]) =>
    html`<li><a href="${url}" ${url === path && html`aria-current="page"`}>${label}</a></li>`)}
    <li><button type="button" data-sign-out data-testid="sign-out">Sign out</button></li></ul></nav>
  <div class="account__main"><h1>${title}</h1>${content}</div></div>`;

export const panel = (title, content, lead = null) => html`<section class="panel">
  <div class="panel__head"><h2>${title}</h2>${lead && html`<p class="muted">${lead}</p>`}</div>
  <div class="panel__body">${content}</div></section>`;

export const nothing = (text, link = null) => html`<div class="empty"><p class="lead">${text}</p>
  ${link && html`<a class="button button--quiet" href="${link.url}">${link.label}</a>`}</div>`;

/** Steps through a list of the API: `answer` is a page of it, `path` where the list is shown. */
export function turner(path, number, { next, previous }) {
  if (!next && !previous) return null;
  const to = (page) => `${path}?page=${page}`;
  return html`<nav class="pages" aria-label="Pages">
    ${previous ? html`<a class="button button--quiet" rel="prev" href="${to(number - 1)}">${icon("back")} Previous</a>` : html`<span></span>`}
    <span class="muted">Page ${number}</span>
    ${next ? html`<a class="button button--quiet" rel="next" href="${to(number + 1)}">Next ${icon("arrow")}</a>` : html`<span></span>`}</nav>`;
}

export const pageNumber = (query) => Math.max(1, Math.trunc(Number(query.get("page"))) || 1);
