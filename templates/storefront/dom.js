// Templates. Everything that is put into html`…` is escaped unless it came out of html`…` itself
// or out of richText(), the one door for HTML written in the CMS.

class Safe {
  constructor(text) {
    this.text = text;
  }
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function fill(value) {
  if (value instanceof Safe) return value.text;
  if (Array.isArray(value)) return value.map(fill).join("");
  if (value === null || value === undefined || typeof value === "boolean") return "";
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/** Markup as text. null, undefined, true and false print nothing, arrays print their members. */
export function html(strings, ...values) {
  return new Safe(strings.map((part, i) => (i ? fill(values[i - 1]) : "") + part).join(""));
}

export function render(element, template) {
  element.innerHTML = fill(template);
}

/** Turns a template with one root into that element. */
export function element(template) {
  const holder = document.createElement("template");
  render(holder, template);
  return holder.content.firstElementChild;
}

/** An address that is safe to link to: `javascript:` and its relatives become "#". */
export function safeUrl(url) {
  try {
    const { protocol } = new URL(url, location.origin);
    return ["http:", "https:", "mailto:", "tel:"].includes(protocol) ? url : "#";
  } catch {
    return "#";
  }
}

const PROSE = new Set(
  ("A ABBR B BLOCKQUOTE BR CAPTION CODE DD DIV DL DT EM FIGCAPTION FIGURE H2 H3 H4 H5 H6 HR I IMG LI " +
    "OL P PRE S SMALL SPAN STRONG SUB SUP TABLE TBODY TD TFOOT TH THEAD TR U UL").split(" "),
);
const UNWRAPPED = new Set(["ARTICLE", "CENTER", "FONT", "H1", "SECTION"]);
const ATTRIBUTES = new Set(
  ["alt", "colspan", "height", "href", "id", "rowspan", "src", "srcset", "title", "width"],
);

/** HTML from the CMS. Imported catalogues carry foreign markup, so only known prose survives. */
export function richText(source) {
  const { body } = new DOMParser().parseFromString(source ?? "", "text/html");
  for (const node of body.querySelectorAll("*")) {
    if (!PROSE.has(node.tagName)) {
      if (UNWRAPPED.has(node.tagName)) node.replaceWith(...node.childNodes);
      else node.remove();
      continue;
    }
    for (const { name, value } of [...node.attributes]) {
      const address = name === "href" || name === "src";
      if (!ATTRIBUTES.has(name) || (address && safeUrl(value) === "#")) node.removeAttribute(name);
    }
  }
  return body.textContent.trim() || body.querySelector("img")
    ? new Safe(`<div class="prose">${body.innerHTML}</div>`)
    : null;
}

/** Escaped text in which a search has put `<mark>`; nothing else of it is believed. */
export function marked(source) {
  const { body } = new DOMParser().parseFromString(source ?? "", "text/html");
  return [...body.childNodes].map((node) => (node.nodeName === "MARK" ? html`<mark>${node.textContent}</mark>` : node.textContent));
}

const ICONS = {
  arrow: "M5 12h14m-6-6 6 6-6 6",
  back: "M19 12H5m6-6-6 6 6 6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6 6 18",
  filter: "M4 7h16M7 12h10m-7 5h4",
  heart: "M12 20S4 15 4 9.4A4.3 4.3 0 0 1 12 7.2a4.3 4.3 0 0 1 8 2.2C20 15 12 20 12 20z",
  key: "M14 10a4 4 0 1 1-1.2-2.9M12.5 11.5 21 20m-3.5-3.5L15 19",
  minus: "M6 12h12",
  plus: "M12 6v12M6 12h12",
  search: "M17 11a6 6 0 1 1-12 0 6 6 0 0 1 12 0zm3 9-4.6-4.6",
  star: "m12 4 2.5 5.2 5.5.8-4 4 1 5.8-5-2.8-5 2.8 1-5.8-4-4 5.5-.8z",
};

export const icon = (name) => html`<svg class="icon icon--${name}" viewBox="0 0 24 24" aria-hidden="true"
  fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"
  ><path d="${ICONS[name]}" /></svg>`;

const MOST_NEWS = 3;

/**
 * Says something to everybody: a note in the corner that a screen reader reads out too. One with
 * `about` is news: it stays longer, follows to the next page, and gives way to newer news of the same.
 */
export function toast(message, { tone = "calm", link = null, about = null } = {}) {
  const note = element(html`<div class="toast toast--${about ? "news" : tone}" ${about && html`data-about="${about}"`} data-testid="toast">
    <p>${message}${link && html` <a href="${safeUrl(link.url)}">${link.label}</a>`}</p>
    <button class="toast__close" type="button" aria-label="Dismiss">${icon("close")}</button>
  </div>`);
  const leave = () => (note.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : note.remove());
  note.addEventListener("click", ({ target }) => target.closest("a, button") && note.remove());
  if (!about) clearToasts();
  const news = [...document.querySelectorAll("#toasts [data-about]")];
  news.find((former) => former.dataset.about === about)?.remove();
  if (about && news.length >= MOST_NEWS) news[0].remove();
  document.getElementById("toasts").append(note);
  setTimeout(leave, about ? 20000 : 6000);
}

/** Takes away what was said of the page before; news stay. */
export function clearToasts() {
  for (const note of document.querySelectorAll("#toasts > :not([data-about])")) note.remove();
}
