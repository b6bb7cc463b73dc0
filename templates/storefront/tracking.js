// What a shopper does, told to the shop: only with consent (consent.js), over live.js.

import { agreed, watchConsent } from "./consent.js";
import { analytics } from "./live.js";

let tracker = null;
let isStarted = false;
let isStale = false; // somebody else has signed in: the socket still says who it was
let here = null; // the page that is shown
let from = null; // the shelf whose card was followed to it
let wishes = {}; // what `analytics` is asked for besides

/** Records an event, if the shopper has agreed to that. See docs/analytics.md for their names. */
export const track = (name, data = {}) => tracker?.track(name, data);

function open() {
  tracker = analytics({ ...wishes, consent: agreed });
  isStale = false;
}

function close() {
  tracker?.close();
  tracker = null;
}

function tell() {
  if (!tracker || !here) return;
  tracker.view(here.path, { referrer: here.referrer });
  if (here.tells) track(here.tells[0], { ...here.tells[1], ...(from && here.tells[0] === "product_view" && { shown_in: from }) });
}

/** A page is shown. `tells` is the event that it stands for, if any: `["search", { query, results }]`. */
export function pageShown({ path, tells = null }) {
  here = { path, tells, referrer: here ? location.origin + here.path : document.referrer };
  if (isStale && tracker) {
    close();
    open();
  }
  tell();
  from = null;
}

/** Somebody has signed in or out: from the next page on, what is done belongs to them. */
export function sendersChanged() {
  isStale = true;
}

/** Begins when it is known who is there, with `{ onOffer, worth, locale }` of live.js. */
export function startTracking(options) {
  wishes = options;
  isStarted = true;
  isStale = false;
  if (agreed()) {
    open();
    tell();
  }
}

watchConsent((answer) => {
  if (!answer) {
    close();
    localStorage.removeItem("vitrine.visitor");
  } else if (isStarted && !tracker) {
    open();
    tell();
  }
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("a[href]")) from = target.closest("[data-shelf]")?.dataset.shelf ?? null;
}, { capture: true });
