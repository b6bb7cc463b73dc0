// Suggestions while typing, below every search field: a combobox with a list
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). What is typed stays; an arrow only points.

import { get } from "./api.js";
import { element, html, icon, marked, render, safeUrl } from "./dom.js";
import { picture } from "./pieces.js";
import { navigate } from "./router.js";

const PAUSE = 120; // ms without a key before the shop is asked
const KINDS = { query: "Searches", category: "Categories", brand: "Brands", product: "Products" };
const FIELD = "form[role=search] input[type=search]";

let field = null; // whose list is open, or will be
let list = null;
let timer = null;
let asking = null;

const isOpen = () => Boolean(list?.isConnected);
const options = () => [...(list?.querySelectorAll("[role=option]") ?? [])];
const pointed = () => list?.querySelector("[aria-selected=true]");

/** The typed words in a label, marked. */
function withMarks(label, typed) {
  const words = typed.split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (words.length === 0) return label;
  return label.split(new RegExp(`(${words.join("|")})`, "iu")).map((part, i) => (i % 2 ? html`<mark>${part}</mark>` : part));
}

const row = (one, index, typed) => html`<li class="suggestion" role="option" id="suggestion-${index}" aria-selected="false" data-url="${safeUrl(one.url)}">
  ${one.kind === "product" ? html`<span class="tile">${picture(one.thumbnail, { sizes: "40px", alt: "" })}</span>` : one.kind === "query" && icon("search")}
  <span class="suggestion__label">${withMarks(one.label, typed)}</span></li>`;

function listOf(found, typed) {
  const kinds = Object.keys(KINDS).filter((kind) => found.some((one) => one.kind === kind));
  // A list that scrolls would be a stop of the tab key, which closes it, and the focus would be gone.
  return element(html`<div class="suggestions" id="suggestions" role="listbox" aria-label="Suggestions" tabindex="-1">
    ${kinds.map((kind) => html`<ul role="group" aria-label="${KINDS[kind]}"><li class="suggestions__kind" role="presentation">${KINDS[kind]}</li>
      ${found.map((one, index) => one.kind === kind && row(one, index, typed))}</ul>`)}
  </div>`);
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  list?.remove();
  list = null;
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
}

function open(found, typed) {
  list?.remove();
  list = null;
  field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-expanded", String(found.length > 0));
  const count = found.length === 1 ? "1 suggestion" : `${found.length} suggestions`;
  document.getElementById("announcer").textContent = found.length > 0 ? `${count}, arrow keys to choose` : "No suggestions";
  if (found.length === 0) return;
  list = listOf(found, typed);
  field.form.append(list);
}

async function ask() {
  const typed = field.value.trim();
  asking?.abort();
  if (!typed) return close();
  asking = new AbortController();
  const { signal } = asking;
  try {
    const { results } = await get("/search/suggest/", { q: typed }, { signal });
    if (!signal.aborted && document.activeElement === field) open(results, typed);
  } catch {
    if (!signal.aborted) close(); // a shop that is away offers nothing; Enter says what is wrong
  }
}

function unpoint() {
  pointed()?.setAttribute("aria-selected", "false");
  field.removeAttribute("aria-activedescendant");
}

function point(step) {
  const all = options();
  const at = all.indexOf(pointed());
  // One place between the last and the first is the field itself.
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
  unpoint();
  if (!all[next]) return;
  all[next].setAttribute("aria-selected", "true");
  all[next].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", all[next].id);
}

function take(option) {
  const { url } = option.dataset;
  close();
  field.blur();
  document.getElementById("drawer").close();
  navigate(url);
}

/** Watches every search field, those of pages that come later too. */
export function startSuggestions() {
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(FIELD)) field = target;
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target === field) close();
  });
  document.addEventListener("input", ({ target }) => {
    if (target !== field) return;
    unpoint(); // Enter means what is typed now, also before its suggestions are there
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== field || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen()) point(event.key === "ArrowDown" ? 1 : -1);
      else ask();
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault(); // the first Escape closes the list, the next one empties the field
      close();
    } else if (event.key === "Enter" && pointed()) {
      event.preventDefault();
      take(pointed());
    }
  });
  // A press of the mouse would take the focus out of the field, and the list with it.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("#suggestions")) event.preventDefault();
  });
  document.addEventListener("click", ({ target }) => {
    const option = target.closest("#suggestions [role=option]");
    if (option) take(option);
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[role=search]")) close();
  });
}
