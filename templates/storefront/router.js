// History routing. A view is `async (page) => ({ title, content, says?, mount? })`: `mount(main, reload)`
// gets the rendered <main> and may return what has to be undone when the shopper leaves; `says` is read
// out instead of the title.

import { Problem, locale, site } from "./api.js";
import { showCards } from "./blocks.js";
import { clearToasts, html, render } from "./dom.js";

const routes = [];
const listeners = new Set();
let told = null; // the address that listeners know of
let current = { path: null, number: 0, leave: null };

/** `pattern` is a path with `:names`; `skeleton` names the placeholder shown while loading. */
export function route(pattern, view, skeleton = "text") {
  const matcher = new RegExp(`^${pattern.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
  routes.push({ pattern, matcher, view, skeleton });
}

/** Calls `listener({ path, tells })` for each page that is shown; `tells` is what its view gave. */
export function watchPages(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The path as others may know it: numbers and secrets in it give way to their names. */
const publicPath = (path, { pattern } = {}) =>
  (pattern?.match(/:(?!slug)/) ? pattern : path) + campaignOf(new URLSearchParams(location.search));

function campaignOf(query) {
  const named = new URLSearchParams([...query].filter(([key]) => key.startsWith("utm_")));
  return named.size > 0 ? `?${named}` : "";
}

export function navigate(url, { replace = false } = {}) {
  const target = new URL(url, location.href);
  if (target.origin !== location.origin) {
    location.assign(target);
    return;
  }
  clearToasts();
  history.replaceState({ ...history.state, scroll: scrollY }, "");
  history[replace ? "replaceState" : "pushState"]({}, "", target);
  show({ focus: true });
}

const BONES = {
  grid: html`<div class="bone bone--title"></div>
    <div class="grid">${Array.from({ length: 8 }, () => html`<div class="bone bone--card"></div>`)}</div>`,
  product: html`<div class="product"><div class="bone bone--tile"></div>
    <div><div class="bone bone--title"></div><div class="bone bone--text"></div></div></div>`,
  text: html`<div class="bone bone--title"></div><div class="bone bone--text"></div>`,
};

function failure(problem) {
  const missing = problem.status === 404;
  return {
    title: missing ? "Not found" : "Something went wrong",
    content: missing
      ? html`<section class="notice-page"><p class="eyebrow">404</p><h1>This page is not here</h1>
          <p>It may have moved, or the address has a slip in it.</p>
          <p><a class="button" href="/products/">See all products</a></p></section>`
      : html`<section class="notice-page"><p class="eyebrow">Sorry</p><h1>Something went wrong</h1>
          <p>${problem.message}</p><p><button class="button" type="button" data-retry>Try again</button></p></section>`,
    mount: (main, reload) => main.querySelector("[data-retry]")?.addEventListener("click", reload),
  };
}

/** Shows what the address bar names. Only the newest call may touch the page. */
async function show({ focus = false, scroll = 0 } = {}) {
  if (!location.pathname.endsWith("/")) {
    history.replaceState(history.state, "", `${location.pathname}/${location.search}`);
  }
  const main = document.getElementById("main");
  const path = location.pathname;
  const query = new URLSearchParams(location.search);
  const language = query.get("locale"); // links to pages in another language name it
  if (language && language !== locale.value) {
    locale.value = language;
    if (current.number > 0) return location.reload();
  }
  const samePlace = path === current.path;
  const samePage = samePlace && current.query?.get("page") === query.get("page");
  const number = current.number + 1;
  current = { ...current, path, query, number, search: location.search.slice(1) };

  const found = routes.find(({ matcher }) => matcher.test(path));
  main.setAttribute("aria-busy", "true");
  const wait = setTimeout(() => {
    if (samePlace || current.number !== number) return;
    render(main, html`<div class="page" aria-hidden="true">${BONES[found?.skeleton ?? "text"]}</div>`);
    scrollTo(0, 0);
  }, 120);

  let answer;
  try {
    if (!found) throw new Problem(404);
    const groups = Object.entries(path.match(found.matcher).groups ?? {});
    const params = Object.fromEntries(groups.map(([key, value]) => [key, decodeURIComponent(value)]));
    answer = await found.view({ path, params, query });
  } catch (problem) {
    if (!(problem instanceof Problem)) console.error(problem);
    answer = failure(problem instanceof Problem ? problem : new Problem(500));
  }
  clearTimeout(wait);
  if (current.number !== number) return;

  const key = main.contains(document.activeElement) && document.activeElement.dataset.key;
  current.leave?.();
  render(main, html`<div class="page">${answer.content}</div>`);
  main.removeAttribute("aria-busy");
  current.leave = answer.mount?.(main, () => show()) ?? null;
  showCards(main);
  const address = `${path}?${query}`;
  if (address !== told) {
    // Before anything on the page can be clicked: what is done there comes after it was seen.
    told = address;
    listeners.forEach((listener) => listener({ path: publicPath(path, found), tells: answer.tells }));
  }
  const { name } = await site().catch(() => ({ name: "Vitrine" }));
  if (current.number === number) describe(answer, name);

  if (samePage && key) main.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  else if (focus) {
    main.querySelector("h1")?.setAttribute("tabindex", "-1");
    (main.querySelector("[autofocus]") ?? main.querySelector("h1"))?.focus({ preventScroll: true });
  }
  if (!samePage || scroll) scrollTo(0, scroll);
}

/** Shows the page anew, where something on it has changed. */
export const refresh = () => show();

function describe({ title, description, jsonLd, says = title }, name) {
  document.title = title ? `${title} – ${name}` : name;
  document.getElementById("announcer").textContent = says || name;
  document.querySelector('meta[name="description"]').content = description ?? "";
  document.getElementById("json-ld")?.remove();
  if (!jsonLd) return;
  const data = Object.assign(document.createElement("script"), {
    id: "json-ld",
    type: "application/ld+json",
    textContent: JSON.stringify(jsonLd),
  });
  document.head.append(data);
}

export function startRouter() {
  history.scrollRestoration = "manual";
  addEventListener("popstate", ({ state }) => {
    const moved = location.pathname !== current.path || location.search.slice(1) !== current.search;
    if (moved) show({ focus: true, scroll: state?.scroll ?? 0 }); // else only the #part changed
  });
  addEventListener("pagehide", () => history.replaceState({ ...history.state, scroll: scrollY }, ""));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || link.getAttribute("href").startsWith("#")) return;
    if (!routes.some(({ matcher }) => matcher.test(link.pathname.replace(/\/?$/, "/")))) return;
    event.preventDefault();
    navigate(link.href);
  });
  show({ scroll: history.state?.scroll ?? 0 });
}
