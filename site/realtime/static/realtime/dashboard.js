// The live dashboard of the admin: keeps what the server has drawn in step with /ws/dashboard/.

const FIRST_PAUSE = 1000; // ms before the first new attempt; doubled each time
const LONGEST_PAUSE = 30_000;
const SILENCE = 75_000; // the shop speaks at least every 30 s
const SVG = "http://www.w3.org/2000/svg";
// Trying again by itself would not help.
const FOR_GOOD = {
  4401: "You are signed out. Reload the page to sign in.",
  4403: "You may not see live figures any more.",
  4409: "Too many windows show live figures. Reload the page to see them here.",
  4410: "You are signed out. Reload the page to sign in.",
};

const root = document.getElementById("shop-live");
const language = document.documentElement.lang || "en";
const statuses = JSON.parse(document.getElementById("shop-live-statuses").textContent);
const number = (value) => value.toLocaleString(language);
const zoned = (text, format) => new Date(text).toLocaleString(language, { timeZone: root.dataset.timeZone, ...format });
const clock = (text) => zoned(text, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

function money({ amount, currency }) {
  const decimals = amount.split(".")[1]?.length ?? 0;
  return new Intl.NumberFormat(language, {
    style: "currency", currency, currencyDisplay: "narrowSymbol",
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  }).format(amount);
}

// ── Pieces ──────────────────────────────────────────────────────────────────────────────
function element(name, classes = "", ...children) {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.append(...children);
  return made;
}

function set(name, text) {
  const place = root.querySelector(`[data-figure="${name}"]`);
  if (place.textContent === text) return;
  place.textContent = text;
  place.closest(".shop-figure")?.animate?.([{ backgroundColor: "color-mix(in srgb, var(--shop-info) 18%, transparent)" }, {}], 900);
}

function list(name, rows, draw) {
  const place = root.querySelector(`[data-list="${name}"]`);
  place.replaceChildren(...rows.map(draw));
  const table = place.closest("table");
  if (table) table.hidden = !rows.length;
  const empty = root.querySelector(`[data-empty="${name}"]`);
  if (empty) empty.hidden = rows.length > 0;
}

function bar(name, part, value) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "shop-bars__bar");
  drawing.setAttribute("viewBox", "0 0 100 1");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("width", part);
  rect.setAttribute("height", 1);
  drawing.append(rect);
  return element("li", "shop-bars__row", element("span", "shop-bars__name", name), drawing, element("span", "shop-bars__value", number(value)));
}

function cells(head, ...values) {
  const first = element("th", "shop-text", head);
  first.scope = "row";
  return element("tr", "", first, ...values.map((value) => element("td", "shop-number", value)));
}

function order(each) {
  const address = root.dataset.orderAddress;
  let name = each.number;
  if (address) {
    name = element("a", "", each.number);
    name.href = address.replace(root.dataset.orderPlace, each.id);
  }
  const head = element("th", "", name);
  head.scope = "row";
  const day = `${zoned(each.placed_at, { day: "numeric" })} ${zoned(each.placed_at, { month: "short" })}`;
  const time = element("time", "", `${day}, ${clock(each.placed_at).slice(0, 5)}`);
  time.dateTime = each.placed_at;
  const { label, tone } = statuses[each.status] ?? { label: each.status };
  const tag = element("span", tone ? `shop-tag shop-tag--${tone}` : "shop-tag", label);
  const row = element("tr", "", head, element("td", "shop-nowrap", time), element("td", "", tag), element("td", "shop-number", money(each.total)));
  row.dataset.id = each.id;
  return row;
}

// ── What each part of a message draws ───────────────────────────────────────────────────
const draw = {
  visitors: (n) => set("visitors", number(n)),
  carts({ count, worth }) {
    set("carts", number(count));
    set("worth", worth.length ? `, ${worth.map(money).join(" · ")}` : "");
  },
  today([main, ...others]) {
    set("orders", number(main.orders));
    set("orders_before", number(main.orders_before));
    set("revenue", money(main.revenue));
    set("revenue_before", money(main.revenue_before));
    const line = root.querySelector("[data-others]");
    line.hidden = !others.length;
    line.textContent = others.map((each) => `${each.currency}: ${number(each.orders)} orders, ${money(each.revenue)}`).join(" · ");
  },
  minutes(values) {
    const most = Math.max(...values);
    root.querySelector("[data-most]").textContent = number(most);
    root.querySelector("[data-minutes-desc]").textContent = `${most} at most.`;
    root.querySelectorAll("[data-minute]").forEach((group, place) => {
      const height = (100 * values[place]) / Math.max(most, 1);
      const rect = group.querySelector("[data-bar]");
      rect.setAttribute("height", height);
      rect.setAttribute("y", 100 - height);
      group.querySelector("title").textContent = `${values.length - 1 - place} min ago: ${values[place]}`;
    });
  },
  pages(rows) {
    const most = Math.max(1, ...rows.map((row) => row.visitors));
    list("pages", rows, (row) => bar(row.path, (100 * row.visitors) / most, row.visitors));
  },
  funnel: (rows) => list("funnel", rows, (row) => bar(row.name, 100 * (row.of_all ?? 0), row.sessions)),
  orders(rows) {
    const known = new Set(Array.from(root.querySelectorAll("[data-id]"), (row) => row.dataset.id));
    list("orders", rows, order);
    for (const row of root.querySelectorAll("[data-id]")) if (!known.has(row.dataset.id)) row.classList.add("shop-live__new");
  },
  products: (rows) => list("products", rows, (row) => cells(row.name || "–", number(row.views), number(row.carts), number(row.units))),
  searches: (rows) => list("searches", rows, (row) => cells(row.query, number(row.count))),
};

function show(message) {
  for (const [name, value] of Object.entries(message)) draw[name]?.(value);
}

// ── The socket ──────────────────────────────────────────────────────────────────────────
const state = root.querySelector("[data-state]");
let attempts = 0;
let watch = null;
let socket = null;
let timer = null;
let seen = state.textContent.trim();

function say(name, text) {
  if (state.dataset.state !== name) state.dataset.state = name;
  const place = state.querySelector("[data-state-text]");
  if (place.textContent !== text) place.textContent = text;
}

function open() {
  clearTimeout(timer);
  timer = null;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = (socket = new WebSocket(`${scheme}//${location.host}${root.dataset.socket}`));
  const heard = () => {
    clearTimeout(watch);
    watch = setTimeout(() => mine.close(), SILENCE); // the network went without a word
  };
  heard();
  mine.addEventListener("message", ({ data }) => {
    heard();
    const message = JSON.parse(data);
    if (message.type === "ping") mine.send('{"type":"pong"}');
    else if (message.type === "snapshot" || message.type === "update") {
      attempts = 0;
      seen = `As of ${clock(message.at)}`;
      show(message);
      say("live", "Live");
    }
  });
  mine.addEventListener("close", ({ code }) => {
    clearTimeout(watch);
    if (FOR_GOOD[code]) return say("ended", `${seen}. ${FOR_GOOD[code]}`);
    say("waiting", `${seen}. Connecting again…`);
    const longest = Math.min(FIRST_PAUSE * 2 ** attempts++, LONGEST_PAUSE);
    timer = setTimeout(open, longest * (0.5 + Math.random() / 2));
  });
}

addEventListener("online", () => timer && open());
addEventListener("pagehide", () => socket.close());
addEventListener("pageshow", (event) => event.persisted && open());
open();
