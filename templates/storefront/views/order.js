import { get, post, request } from "../api.js";
import { html, icon, toast } from "../dom.js";
import { addressOf, date, miniLine, totals } from "../pieces.js";
import { followOrder } from "../news.js";
import { navigate } from "../router.js";
import { whoIsIt } from "../session.js";
import { askShop } from "./inquiries.js";

const STEPS = [
  ["pending", "Placed", "We have your order."],
  ["processing", "Confirmed", "We are getting it ready."],
  ["shipped", "Shipped", "It is on its way to you."],
  ["completed", "Delivered", "Enjoy it."],
];
const ENDED = { cancelled: "Cancelled", refunded: "Refunded" };
const HEADLINES = {
  pending: "Thank you. Your order is waiting for payment.",
  processing: "Thank you. Your order is in good hands.",
  shipped: "Your order is on its way.",
  completed: "Your order has arrived.",
  cancelled: "This order was cancelled.",
  refunded: "This order was refunded.",
};

// What a payment's state means for an order that waits for it.
const PAYING = {
  processing: ["Your bank is still checking", "Nothing is left to do: the order goes on by itself once the money is here."],
  failed: ["The payment did not go through", "No money was taken. You can try again; your order waits for you."],
  expired: ["The time to pay ran out", "No money was taken. You can try again for as long as your order waits."],
};

const reachedAt = (order, status) => order.history.findLast((entry) => entry.to_status === status)?.at;

function timeline(order) {
  const ended = ENDED[order.status];
  const here = STEPS.findIndex(([status]) => status === order.status);
  const steps = ended
    ? [...STEPS.filter(([status]) => status === "pending" || reachedAt(order, status)), [order.status, ended, ""]]
    : STEPS;
  return html`<ol class="timeline">${steps.map(([status, label, text], i) => {
    const last = ended && i === steps.length - 1;
    const state = last ? "ended" : ended || i < here ? "done" : i === here ? "here" : "ahead";
    const at = status === "pending" ? order.placed_at : reachedAt(order, status);
    return html`<li class="timeline__${state}" ${state === "here" && html`aria-current="step"`}>
      <span class="timeline__dot">${state === "done" && icon("check")}</span>
      <span><strong>${label}</strong>${state === "here" && html`<span class="muted">${text}</span>`}
        ${at && state !== "ahead" && html`<time class="muted" datetime="${at}">${date(at, { dateStyle: "medium", timeStyle: "short" })}</time>`}</span>
    </li>`;
  })}</ol>`;
}

const parcel = ({ carrier, tracking_number: number }) => html`<li>${carrier || "Parcel"} <code>${number}</code></li>`;

/** A guest's order can become part of an account. */
const claim = (order, user) => html`<section class="callout callout--row"><h2>Keep this order in an account</h2>
  ${user ? html`<p>Then you find it among your orders, whatever happens to the link.</p>
      <p><button class="button" type="button" data-claim data-testid="claim">Keep it in mine</button></p>`
    : html`<p>Make an account with ${order.email}, and this order is in it once the address is confirmed.</p>
      <p><a class="button" href="/account/register/?email=${encodeURIComponent(order.email)}">Make an account</a>
        <a class="more" href="/account/sign-in/?next=${encodeURIComponent(location.pathname + location.search)}">I have one</a></p>`}</section>`;

const paying = ([title, text], tone) => html`<section class="callout" data-testid="payment-state" data-status="${tone}"><h2>${title}</h2><p>${text}</p></section>`;

function page(order, { user, isGuests, payment }) {
  const waits = order.status === "pending" && order.payment_status === "unpaid";
  const instructions = sessionStorage.getItem(`vitrine.instructions.${order.number}`);
  return html`<header class="order-head">
      <p class="eyebrow">Order <span data-testid="order-number">${order.number}</span></p>
      <h1 data-testid="order-status" data-status="${order.status}">${HEADLINES[order.status] ?? order.status}</h1>
      <p class="muted">Placed ${date(order.placed_at)} · a confirmation goes to ${order.email}</p>
    </header>
    ${timeline(order)}
    <div class="split">
      <div>
        ${instructions && !ENDED[order.status] && html`<section class="callout"><h2>How to pay</h2><p>${instructions}</p></section>`}
        ${waits && PAYING[payment] && paying(PAYING[payment], payment)}
        ${order.shipments.length > 0 && html`<section class="step"><h2>Parcels</h2><ul class="plain">${order.shipments.map(parcel)}</ul></section>`}
        <div class="facts">
          <section><h2>Goes to</h2>${addressOf(order.shipping_address)}</section>
          <section><h2>Bill to</h2>${addressOf(order.billing_address)}</section>
          ${order.shipping_method && html`<section><h2>Shipping</h2><p>${order.shipping_method.name}</p></section>`}
          <section><h2>Payment</h2><p>${order.payment_status.replaceAll("_", " ")}</p></section>
        </div>
        ${isGuests && claim(order, user)}
        ${user && !isGuests && order.status === "completed" && html`<p><a class="more" href="/account/feedback/">Review what you bought</a></p>`}
        <p class="buttons">${waits && payment !== "processing" && order.payment_method !== "bank_transfer" && html`<button class="button" type="button" data-pay>Pay now</button>`}
          <button class="text-button" type="button" data-ask data-testid="ask">Ask about this order</button>
          ${["pending", "processing"].includes(order.status) && html`<button class="text-button" type="button" data-cancel>Cancel this order</button>`}</p>
      </div>
      <section class="summary" aria-label="What you ordered"><h2>What you ordered</h2>
        <ul class="minis">${order.items.map(miniLine)}</ul>${totals(order, "Shipping")}</section>
    </div>`;
}

export async function order({ params, query }) {
  const path = `/orders/${encodeURIComponent(params.number)}/`;
  const token = query.get("token");
  // Back from a provider's page, perhaps before its webhook.
  const reference = query.get("reference") ?? query.get("session_id");
  const verify = async () => (reference ? (await get("/payments/verify/", { reference }).catch(() => null))?.status : null);
  const payment = await verify();
  const [found, user] = await Promise.all([get(path, { token }), whoIsIt()]);

  const mount = (main, reload) => {
    main.querySelector("[data-ask]").addEventListener("click", () =>
      askShop(`About order ${found.number}`, { order_number: found.number, ...(token && { order_token: token }) }));
    main.querySelector("[data-claim]")?.addEventListener("click", async ({ target }) => {
      target.disabled = true;
      try {
        await post("/orders/claim/", { number: found.number, token });
        navigate(`/orders/${found.number}/`, { replace: true });
        toast("This order is in your account now.");
      } catch (problem) {
        toast(problem.message, { tone: "bad" });
        target.disabled = false;
      }
    });
    main.querySelector("[data-cancel]")?.addEventListener("click", async ({ target }) => {
      if (!confirm("Cancel this order? This cannot be undone.")) return;
      target.disabled = true;
      try {
        await request("POST", `/orders/${found.id}/cancel/`, { query: { token }, body: {} });
        toast("Your order was cancelled.");
        reload();
      } catch (problem) {
        toast(problem.message, { tone: "bad" });
        target.disabled = false;
      }
    });
    main.querySelector("[data-pay]")?.addEventListener("click", async ({ target }) => {
      target.disabled = true;
      try {
        const payment = await request("POST", "/pay/", { body: { order_id: found.id, ...(token && { token }) } });
        if (payment.redirect_url) return location.assign(payment.redirect_url);
        reload();
      } catch (problem) {
        toast(problem.message, { tone: "bad" });
        target.disabled = false;
      }
    });
    // While a payment is on its way the provider is asked as well, ever more seldom.
    const isPaying = reference && found.status === "pending" && !["failed", "expired", "cancelled"].includes(payment);
    let pause = isPaying ? 3000 : 30000; // news come by themselves, unless no socket gets through
    let timer;
    let left = false;
    const look = async () => {
      let state = payment;
      let now = found;
      if (!document.hidden) {
        if (isPaying) state = (await verify()) ?? payment;
        now = await get(path, { token }).catch(() => found);
      }
      if (left) return;
      if (now.status !== found.status || state !== payment) return reload();
      if (isPaying) pause = Math.min(pause * 1.4, 60000);
      timer = setTimeout(look, pause);
    };
    if (!ENDED[found.status] && found.status !== "completed") timer = setTimeout(look, pause);
    const unfollow = token ? followOrder(token) : null;
    return () => {
      left = true;
      unfollow?.();
      clearTimeout(timer);
    };
  };
  return { title: `Order ${found.number}`, content: page(found, { user, isGuests: Boolean(token), payment }), mount };
}
