// The public API. What everybody reads is asked for without cookies, so that any cache may keep it; a
// guest's cart is named by its token, and whoever is signed in by the session's cookie (session.js).

/** An RFC 9457 answer, or a request that never arrived (status 0, code "offline"). */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || "Something went wrong. Please try again.");
    this.status = status;
    this.code = body.code ?? "error";
    this.errors = body.errors ?? [];
    this.body = body;
  }
}

const EVERYBODYS = /^\/(v2|home|site|products|recommendations|search|categories|brands|faqs|promotions)\//;

/** Django's token against forged requests. It is there once somebody has been at a sign-in form. */
export const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? null;

const remembered = (name) => ({
  get value() {
    return localStorage.getItem(`vitrine.${name}`);
  },
  set value(value) {
    if (value) localStorage.setItem(`vitrine.${name}`, value);
    else localStorage.removeItem(`vitrine.${name}`);
  },
});

export const cartToken = remembered("cart");
export const currency = remembered("currency");
export const locale = remembered("locale");

/**
 * One request. `query` values that are null or "" are left out, arrays repeat their key; `body` is sent
 * as JSON, or as a form where it is FormData; `signal` gives it up.
 */
export async function request(method, path, { query = {}, body, headers = {}, signal } = {}) {
  const url = new URL(`/api${path}`, location.origin);
  const chosen = { currency: currency.value, locale: locale.value, ...query };
  for (const [key, values] of Object.entries(chosen)) {
    for (const value of [values].flat()) {
      if (value !== null && value !== undefined && value !== "") url.searchParams.append(key, value);
    }
  }
  const sent = { Accept: "application/json", ...headers };
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) sent["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken()) sent["X-CSRFToken"] = csrfToken();
  if (/^\/(cart|checkout|saved-carts)\//.test(path) && cartToken.value) sent["X-Cart-Token"] = cartToken.value;

  let response;
  try {
    response = await fetch(url, {
      method,
      headers: sent,
      signal,
      body: body === undefined || isForm ? body : JSON.stringify(body),
      credentials: EVERYBODYS.test(path) ? "omit" : "same-origin",
    });
  } catch {
    throw new Problem(0, { code: "offline", detail: "The shop cannot be reached. Are you online?" });
  }
  const data = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new Problem(response.status, data ?? {});
  return data;
}

export const get = (path, query, more) => request("GET", path, { query, ...more });
export const post = (path, body, headers) => request("POST", path, { body, headers });
export const patch = (path, body) => request("PATCH", path, { body });
export const remove = (path) => request("DELETE", path);

let siteAnswer;

/** Name, menus, currencies … of the shop: asked once for each visit. */
export function site() {
  siteAnswer ??= get("/site/").catch((problem) => {
    siteAnswer = undefined;
    if (problem.status !== 400 || !(currency.value || locale.value)) throw problem;
    currency.value = locale.value = null; // a choice that the shop no longer offers
    return site();
  });
  return siteAnswer;
}

/** A fresh Idempotency-Key. `crypto.randomUUID` is missing on plain http outside localhost. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
