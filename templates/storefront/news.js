// News of orders, wishes and questions, the moment they happen: as notes in the corner, and on the page
// that shows the order.

import { toast } from "./dom.js";
import { notifications } from "./live.js";
import { refresh } from "./router.js";

const heard = new Set(); // an order may be followed by its customer and by its token
let connection = null;

// What a piece of news is about (a newer one takes the place of the older), and where it leads.
const ABOUT = {
  order_update: ({ order_number: number }) => [`order ${number}`, `/orders/${number}/`, "See the order"],
  stock_update: ({ product_id: id, product_slug: slug }) => [`product ${id}`, `/products/${slug}/`, "Have a look"],
  support_message: ({ inquiry_id: id }) => [`inquiry ${id}`, `/inquiries/${id}/`, "Read it"],
};

function hear(message) {
  if (!ABOUT[message.type] || heard.has(message.event_id)) return;
  heard.add(message.event_id);
  const [about, url, label] = ABOUT[message.type](message);
  const isHere = location.pathname === url;
  toast(message.message, { about, link: isHere ? null : { url, label } });
  if (message.type === "order_update" && (isHere || location.pathname === "/account/orders/")) refresh();
}

/** Listens for who is signed in; `user` is null when somebody has signed out. */
export function followNews(user) {
  connection?.close();
  connection = null;
  if (!user) return;
  const place = `vitrine.news.${user.id}`; // a page that is loaded anew goes on where this one was
  const keepPlace = () => connection === mine && sessionStorage.setItem(place, mine.last);
  const mine = (connection = notifications({
    since: sessionStorage.getItem(place),
    onReady: keepPlace,
    onMessage: (message) => {
      keepPlace();
      hear(message);
    },
  }));
}

/** Listens for a guest's order; returns the way to stop it. */
export function followOrder(orderToken) {
  const guests = notifications({ orderToken, onMessage: hear });
  return () => guests.close();
}
