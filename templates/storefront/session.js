// Who is signed in, over the `browser` client of the accounts API: cookies, and the CSRF header.

import { Problem, csrfToken, get, request } from "./api.js";

const ROOT = "/auth/browser/v1";
const listeners = new Set();
let asked = null; // the answer to "who is it?", asked once for each visit

const WORDS = {
  429: "That was tried too often. Please wait a minute.",
  409: "This does not fit any more. Please load the page again.",
  403: "This is not allowed right now. Please load the page again.",
};

/**
 * One request to the accounts API. Its answers `{status, data, meta}` with 200, 401 (sign in, or prove
 * who you are: `flows` says how), 404 and 410 are given back; others are thrown as a Problem.
 */
export async function auth(method, path, body, headers) {
  if (method !== "GET" && !csrfToken()) {
    await get(`${ROOT}/config`);
    nobodyYet();
  }
  let answer;
  try {
    answer = await request(method, `${ROOT}/${path}`, { body, headers });
  } catch (problem) {
    if (![401, 404, 410].includes(problem.status) || !problem.body.status) throw asProblem(problem);
    answer = problem.body;
  }
  if (answer?.meta && "is_authenticated" in answer.meta) keep(answer);
  return answer;
}

function asProblem({ status, body, message }) {
  const errors = (body.errors ?? []).map(({ param, message: detail, field, detail: said }) => ({ field: field ?? param ?? "", detail: detail ?? said }));
  return new Problem(status, { detail: errors.find((error) => !error.field)?.detail ?? WORDS[status] ?? body.detail ?? message, code: body.code, errors });
}

function keep(answer) {
  const user = answer.meta.is_authenticated ? answer.data.user : null;
  asked = Promise.resolve({ user, flows: answer.data.flows ?? [] });
  if (answer.meta.is_authenticated || pendingIn(answer)) localStorage.removeItem(GUEST);
  else nobodyYet();
  listeners.forEach((listener) => listener(user));
}

// Django changes the CSRF token with every sign-in, in the admin as well: while it is the one that a guest
// was seen with, nobody has signed in, and asking would only put a 401 into the browser's console.
const GUEST = "vitrine.guest";
const nobodyYet = () => csrfToken() && localStorage.setItem(GUEST, csrfToken());
const mayBeSignedIn = () => csrfToken() !== null && csrfToken() !== localStorage.getItem(GUEST);

/** Asks the server, if somebody may be signed in: a browser without the CSRF cookie has never been. */
function session() {
  asked ??= mayBeSignedIn()
    ? auth("GET", "auth/session").then(({ data, meta }) => ({ user: meta.is_authenticated ? data.user : null, flows: data.flows ?? [] }))
    : Promise.resolve({ user: null, flows: [] });
  asked.catch(() => (asked = null));
  return asked;
}

/** The customer who is signed in, or null. */
export const whoIsIt = async () => (await session().catch(() => ({ user: null }))).user;

/** A flow that waits for its next step: `mfa_authenticate`, `verify_email`. */
export const pendingFlow = async () => (await session()).flows.find((flow) => flow.is_pending) ?? null;

export const pendingIn = (answer) => (answer.data.flows ?? []).find((flow) => flow.is_pending) ?? null;

/** Calls `listener(user or null)` when somebody signs in or out; returns the way to stop it. */
export function watchSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What the shop knows of the customer who is signed in. */
export const profile = () => get("/customers/me/");

export const signOut = () => auth("DELETE", "auth/session");

/** The session has ended elsewhere: nobody is signed in here any more. */
export function forgetSession() {
  asked = Promise.resolve({ user: null, flows: [] });
  listeners.forEach((listener) => listener(null));
}

// Consent that was given with a registration is told once the address is confirmed.
const PROMISED = "vitrine.consent";

export const promiseConsent = (email, wording) => localStorage.setItem(PROMISED, JSON.stringify({ email: email.toLowerCase(), wording }));

export async function tellConsent(user) {
  const promised = JSON.parse(localStorage.getItem(PROMISED) ?? "null");
  if (!promised || promised.email !== user.email?.toLowerCase()) return;
  localStorage.removeItem(PROMISED);
  await request("PATCH", "/customers/me/", { body: { marketing: { consented: true, wording: promised.wording } } });
}

export const consentWording = (shop) =>
  `${shop.name} may send me news and offers by mail. I can stop them at any time with the link in each mail.`;
