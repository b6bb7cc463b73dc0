// The cart that this browser holds: one copy, everybody who shows it listens.

import { cartToken, get, patch, post, remove } from "./api.js";
import { bought } from "./searched.js";
import { whoIsIt } from "./session.js";
import { track } from "./tracking.js";

export const EMPTY = { items: [], codes: [], discounts: [], problems: [], version: 0 };
const listeners = new Set();
let current = null;

/** Calls `listener(cart)` now and after each change; returns the way to stop it. */
export function watchCart(listener) {
  listeners.add(listener);
  if (current) listener(current);
  return () => listeners.delete(listener);
}

export function keepCart(cart) {
  current = cart ?? EMPTY;
  if (cart && "token" in cart) cartToken.value = cart.token; // a customer's cart has none
  listeners.forEach((listener) => listener(current));
  return current;
}

/** The server's cart. A guest who never added anything has none, and none is made for them. */
export async function loadCart() {
  if (!cartToken.value && !(await whoIsIt())) return keepCart(EMPTY);
  try {
    return keepCart(await get("/cart/"));
  } catch (problem) {
    if (![401, 403, 404].includes(problem.status)) throw problem;
    return dropCart(); // it was bought or has gone
  }
}

export function dropCart() {
  cartToken.value = null;
  return keepCart(EMPTY);
}

/** What its pieces come to; null while nobody has asked. */
export const cartWorth = () => current?.subtotal ?? null;

export const pieces = (cart) => cart.items.reduce((sum, line) => sum + line.quantity, 0);

const kept = async (answer) => keepCart(await answer);

/** Tells of pieces that came or went. */
function tell(line, more) {
  if (!line || !more) return;
  const { product_id, variant_id } = line;
  track(more > 0 ? "cart_add" : "cart_remove", { product_id, variant_id, quantity: Math.abs(more) });
}

const lineOf = (id) => current?.items.find((line) => String(line.id) === String(id));

export async function addToCart(id, quantity) {
  const cart = await kept(post("/cart/items/", { variant_id: id, quantity }));
  const line = cart.items.find(({ variant_id: variant }) => variant === id);
  if (line) bought(line.product_id, id);
  tell(line, quantity);
  return cart;
}

export async function setQuantity(id, quantity) {
  const before = lineOf(id);
  const cart = await kept(patch(`/cart/items/${id}/`, { quantity }));
  tell(before, quantity - before?.quantity);
  return cart;
}

export async function removeLine(id) {
  const before = lineOf(id);
  const cart = await kept(remove(`/cart/items/${id}/`));
  tell(before, -before?.quantity);
  return cart;
}

export const addCode = (code) => kept(post("/cart/codes/", { code }));
export const removeCode = (code) => kept(remove(`/cart/codes/${encodeURIComponent(code)}/`));
