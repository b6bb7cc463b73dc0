// The cart that this browser holds: one copy, everybody who shows it listens.

import { cartToken, get, patch, post, remove } from "./api.js";
import { bought } from "./searched.js";
import { whoIsIt } from "./session.js";

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

export const pieces = (cart) => cart.items.reduce((sum, line) => sum + line.quantity, 0);

const kept = async (answer) => keepCart(await answer);

export async function addToCart(id, quantity) {
  const cart = await kept(post("/cart/items/", { variant_id: id, quantity }));
  const line = cart.items.find(({ variant_id: variant }) => variant === id);
  if (line) bought(line.product_id, id);
  return cart;
}
export const setQuantity = (id, quantity) => kept(patch(`/cart/items/${id}/`, { quantity }));
export const removeLine = (id) => kept(remove(`/cart/items/${id}/`));
export const addCode = (code) => kept(post("/cart/codes/", { code }));
export const removeCode = (code) => kept(remove(`/cart/codes/${encodeURIComponent(code)}/`));
