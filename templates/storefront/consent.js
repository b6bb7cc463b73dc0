// Whether what a shopper looks at may be remembered: asked once below the header, changed in the footer.
// A browser that asks not to be tracked is believed, and its shopper is not asked.

import { html, render } from "./dom.js";

const KEY = "vitrine.consent.analytics";
const listeners = new Set();

export const objects = navigator.doNotTrack === "1" || navigator.globalPrivacyControl === true;

/** true, false, or null while nobody has answered. */
export const agreed = () => (objects ? false : ({ yes: true, no: false }[localStorage.getItem(KEY)] ?? null));

/** Calls `listener(answer)` just before an answer is kept: what began with consent ends with it. */
export function watchConsent(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function choose(answer) {
  listeners.forEach((listener) => listener(answer));
  localStorage.setItem(KEY, answer ? "yes" : "no");
  show();
}

const question = html`<p>May we remember what you look at? It helps us to make this shop better, and to show you what fits.
    It stays with us, and you can change your mind at the foot of every page.</p>
  <p class="consent__answers"><button class="button button--quiet" type="button" data-consent="yes">Yes, gladly</button>
    <button class="button button--quiet" type="button" data-consent="no">No, thanks</button></p>`;

const setting = () => html`<label class="check check--small"><input type="checkbox" data-consent-setting
    ${agreed() === true && "checked"} ${objects && "disabled"} /> <span>Remember what I look at</span></label>
  ${objects && html`<p class="muted small">Your browser asks us not to, so we do not.</p>`}`;

function show() {
  const bar = document.getElementById("consent");
  const hadFocus = bar.contains(document.activeElement);
  bar.hidden = agreed() !== null;
  render(bar, !bar.hidden && html`<div class="consent__inner">${question}</div>`);
  render(document.getElementById("footer-consent"), setting());
  if (hadFocus) document.getElementById("main").focus({ preventScroll: true });
}

export function startConsent() {
  document.addEventListener("click", ({ target }) => {
    const answer = target.closest("[data-consent]")?.dataset.consent;
    if (answer) choose(answer === "yes");
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-consent-setting]")) choose(target.checked);
  });
  addEventListener("storage", ({ key }) => {
    if (key !== KEY) return; // answered in another tab
    listeners.forEach((listener) => listener(agreed()));
    show();
  });
  show();
}
