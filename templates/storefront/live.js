// Vitrine, told at once: news of orders, and what shoppers do, over WebSockets.
// One file without dependencies: copy it into any storefront, with live.d.ts for the types.
//
//   const news = notifications({ token: () => session.accessToken(), onMessage: show });
//   const tracker = analytics({ consent: () => banner.agreed(), worth: () => cart.subtotal, onOffer: showOffer });
//   tracker.view("/products/cloud-chair/");
//
// The protocol, the close codes and what each event may say: docs/realtime.md, docs/analytics.md.

const FIRST_PAUSE = 1000; // ms before the first new attempt; doubled each time
const LONGEST_PAUSE = 30_000;
const STEADY = 30_000; // a connection that lived this long starts the pauses anew
const SILENCE = 75_000; // the shop speaks at least every 30 s
const SIGNED_OUT = new Set([4401, 4408, 4410]);
const CROWDED = 4409; // newer tabs took its place
const FOR_GOOD = new Set([4400, 4403, 4404]); // trying again by itself would not help

/** A UUID. `crypto.randomUUID` is missing on plain http outside localhost. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * A socket that comes back by itself: after a pause that grows, at once when the browser is online
 * again, with a fresh token when the old one ended, and where too many tabs are open when this one
 * is looked at. `address()` gives the URL of each attempt. `guests`: the socket takes anybody, so
 * that whose sign-in has ended goes on without one.
 */
export function connect({ address, token = null, guests = false, onMessage, onState = () => {} }) {
  let socket = null;
  let attempts = 0;
  let timer = null;
  let watch = null;
  let openedAt = 0;
  let stopped = false;
  let state = null;
  let ended = {}; // why the last connection did

  const say = (next, why = {}) => {
    if (next === state) return;
    state = next;
    onState(next, why);
  };

  function heard() {
    clearTimeout(watch);
    watch = setTimeout(() => socket?.close(), SILENCE); // the network went without a word
  }

  async function open() {
    clearTimeout(timer);
    timer = null;
    if (stopped || socket) return;
    say("connecting");
    let bearer = null;
    const expired = SIGNED_OUT.has(ended.code);
    try {
      if (token && !(guests && expired && attempts > 2)) bearer = await token({ expired });
    } catch {
      return again(); // whoever hands out tokens is away
    }
    if (stopped || socket) return;
    const mine = (socket = new WebSocket(address(), bearer ? ["bearer", bearer] : []));
    heard();
    mine.addEventListener("open", () => {
      openedAt = Date.now();
      say("open");
    });
    mine.addEventListener("message", ({ data }) => {
      heard();
      const message = JSON.parse(data);
      if (message.type === "ping") mine.send('{"type":"pong"}');
      else if (message.type !== "pong") onMessage(message);
    });
    mine.addEventListener("close", ({ code, reason }) => {
      clearTimeout(watch);
      if (socket === mine) socket = null;
      if (openedAt && Date.now() - openedAt > STEADY) attempts = 0;
      openedAt = 0;
      if (stopped) return;
      ended = { code, reason };
      if (FOR_GOOD.has(code) || (SIGNED_OUT.has(code) && !guests && (!token || attempts > 2))) {
        stopped = true;
        removeEventListener("online", online);
        say("closed", ended);
      } else if (code === CROWDED) {
        say("waiting", ended);
        document.addEventListener("visibilitychange", lookedAt);
      } else again();
    });
  }

  function lookedAt() {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", lookedAt);
    open();
  }

  function again() {
    const longest = Math.min(FIRST_PAUSE * 2 ** attempts, LONGEST_PAUSE);
    attempts += 1;
    say("waiting", ended);
    // By chance up to half less, or a thousand shoppers would come back in the same moment.
    timer = setTimeout(open, longest * (0.5 + Math.random() / 2));
  }

  const online = () => {
    if (timer) open();
  };
  addEventListener("online", online);
  open();

  return {
    /** Sends JSON; false when there is no open connection. */
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(watch);
      removeEventListener("online", online);
      document.removeEventListener("visibilitychange", lookedAt);
      socket?.close(1000);
      say("closed");
    },
  };
}

const socketUrl = (origin, path, query = {}) => {
  const url = new URL(path, origin);
  url.protocol = url.protocol.replace("http", "ws");
  for (const [key, value] of Object.entries(query)) if (value) url.searchParams.set(key, value);
  return url.href;
};

const NO_NEWS_YET = "00000000-0000-0000-0000-000000000000"; // older than all: whatever comes is new

/**
 * News of a customer's orders (signed in by `token` or by the session's cookie), or of one guest's
 * order by `orderToken`. After a break whatever was missed comes first. `onReady` hears of every
 * connection that has caught up; with `is_complete: false` the orders are to be read anew.
 */
export function notifications({ origin = location.origin, token = null, orderToken = null, since = null, onMessage, onReady = () => {}, onState }) {
  let last = since;
  const connection = connect({
    address: () => socketUrl(origin, "/ws/orders/notifications/", { token: orderToken, since: last }),
    token,
    onState,
    onMessage: (message) => {
      if (message.event_id) {
        last = message.event_id;
        onMessage(message);
      } else if (message.type === "ready") {
        last = message.last_event_id ?? NO_NEWS_YET;
        onReady(message);
      }
    },
  });
  return {
    close: connection.close,
    /** The newest event that was heard: keep it to go on from there in another visit. */
    get last() {
      return last;
    },
  };
}

const BATCH = 20;
const LONGEST = 20_000; // characters of a batch: the shop takes 64 KB at once
const GATHER = 1000; // ms
const MOST_WAITING = 500;
const BEAT = 30_000;
// Events that say what the cart comes to, since offers may hang on it.
const WITH_WORTH = new Set(["page_view", "heartbeat", "cart_add", "cart_remove", "checkout_start"]);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const remembered = (name) => {
  try {
    const found = localStorage.getItem(name);
    return UUID.test(found) ? found : null; // another script may have written there
  } catch {
    return null; // storage is closed to this page
  }
};

/**
 * Tells the shop what a shopper does. Every event has an id of its own and is sent until the shop
 * has said that it is stored: again after a break, and by a beacon when the page goes away.
 *
 * `consent()` answers true, false or null (not asked yet). Without it nothing is kept in the
 * browser and the events belong to nobody. `worth()` is the cart's subtotal as its answer has it, or
 * null; `locale` the language that offers should be in.
 */
export function analytics({
  origin = location.origin, token = null, consent = () => null, worth = () => null, locale = null,
  onOffer = () => {}, onState, key = "vitrine.visitor",
} = {}) {
  const waiting = new Map(); // id → event, until it is acknowledged
  const sent = new Set();
  let timer = null;
  let page = null; // the view that is being looked at
  let unkept = null; // the visitor, where the browser keeps nothing

  function visitor() {
    if (consent() !== true) {
      try {
        localStorage.removeItem(key);
      } catch {
        // nothing was kept
      }
      unkept = null;
      return null;
    }
    const known = remembered(key) ?? unkept;
    if (known) return known;
    const fresh = uuid();
    try {
      localStorage.setItem(key, fresh);
    } catch {
      unkept = fresh; // it lives as long as the page
    }
    return fresh;
  }

  const about = () => ({ type: "event", visitor: visitor(), consent: consent() });

  const connection = connect({
    address: () => socketUrl(origin, "/ws/analytics/", { locale }),
    token,
    guests: true,
    onState: (state, why) => {
      if (state === "open") {
        sent.clear(); // whatever was on its way may be lost
        connection?.send({ ...about(), events: [] });
        flush();
      }
      onState?.(state, why);
    },
    onMessage: (message) => {
      if (message.type === "ack") {
        for (const id of message.ids) forget(id);
        if (waiting.size > sent.size) soon();
      } else if (message.type === "offer") onOffer(message);
      else if (message.type === "error") {
        for (const { id } of message.errors ?? []) forget(id); // it would be refused again
        if (message.retry_after) {
          for (const id of message.ids ?? []) sent.delete(id);
          clearTimeout(timer);
          timer = setTimeout(flush, message.retry_after * 1000);
        }
      }
    },
  });

  function forget(id) {
    waiting.delete(id);
    sent.delete(id);
  }

  function soon(pause = GATHER) {
    timer ??= setTimeout(flush, pause);
  }

  /** As many as may go together. */
  function fitting(events, most) {
    let room = LONGEST;
    const over = events.findIndex((event) => (room -= JSON.stringify(event).length) < 0);
    return events.slice(0, Math.min(most, over < 0 ? most : over));
  }

  function flush() {
    clearTimeout(timer);
    timer = null;
    const events = fitting([...waiting.values()].filter(({ id }) => !sent.has(id)), BATCH);
    if (events.length === 0 || !connection.send({ ...about(), events })) return;
    for (const { id } of events) sent.add(id);
    if (waiting.size > sent.size) soon(50);
  }

  /** Records an event; its id. See docs/analytics.md for the names and what they may say. */
  function track(name, data = {}) {
    const comesTo = WITH_WORTH.has(name) && worth();
    const event = { id: uuid(), name, at: new Date().toISOString(), data: comesTo ? { ...data, worth: comesTo } : data };
    if (JSON.stringify(event).length > LONGEST) return event.id; // the shop would not take it
    waiting.set(event.id, event);
    if (waiting.size > MOST_WAITING) forget(waiting.keys().next().value);
    soon();
    return event.id;
  }

  const seconds = () => Math.round(page.seen / 1000 + (page.since ? (Date.now() - page.since) / 1000 : 0));

  function leave() {
    if (!page) return;
    track("page_leave", { view: page.view, path: page.path, seconds: seconds() });
    page = null;
  }

  /** A page is shown: ends the former one. Time in a hidden tab does not count. */
  function view(path = location.pathname + location.search, { referrer = document.referrer } = {}) {
    leave();
    const data = { path, ...(referrer && { referrer }) };
    page = { view: track("page_view", data), path, seen: 0, since: document.hidden ? 0 : Date.now(), isLeaving: false };
    return page.view;
  }

  const beat = setInterval(() => {
    if (page?.since) track("heartbeat", { view: page.view, path: page.path, seconds: seconds() });
  }, BEAT);

  /** Once for each page: somebody seems to go. */
  function leaving() {
    if (!page || page.isLeaving) return;
    page.isLeaving = true;
    track("exit_intent", { path: page.path });
    flush();
  }

  // Upwards and out: to the tabs, the address, the back button.
  const pointerOut = ({ relatedTarget, clientY }) => relatedTarget === null && clientY <= 0 && leaving();

  function hidden() {
    if (!page) return;
    if (document.hidden) {
      if (matchMedia("(hover: none)").matches) leaving(); // a phone has no pointer that says so
      page.seen += page.since ? Date.now() - page.since : 0;
      page.since = 0;
      track("heartbeat", { view: page.view, path: page.path, seconds: seconds() });
      beacon(); // a phone may never come back to this tab
    } else page.since = Date.now();
  }

  function beacon() {
    const events = fitting([...waiting.values()], 100);
    if (events.length === 0) return;
    // text/plain: another origin's shop is not asked first, for which there is no time left.
    const body = new Blob([JSON.stringify({ ...about(), events })], { type: "text/plain" });
    navigator.sendBeacon?.(new URL("/api/analytics/events/", origin), body);
  }

  const gone = () => {
    leave();
    beacon();
  };
  addEventListener("pagehide", gone);
  document.addEventListener("visibilitychange", hidden);
  document.addEventListener("mouseout", pointerOut);

  return {
    track,
    view,
    leave,
    flush,
    close() {
      gone();
      clearInterval(beat);
      clearTimeout(timer);
      removeEventListener("pagehide", gone);
      document.removeEventListener("visibilitychange", hidden);
      document.removeEventListener("mouseout", pointerOut);
      connection.close();
    },
  };
}
