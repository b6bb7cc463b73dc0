// The shell around every page: menus, search, cart count, footer; and which address shows which view.

import { currency, locale, site } from "./api.js";
import { cartWorth, dropCart, loadCart, pieces, watchCart } from "./cart.js";
import { startConsent } from "./consent.js";
import { html, render, richText, safeUrl, toast } from "./dom.js";
import { followNews } from "./news.js";
import { showOffer } from "./offers.js";
import { navigate, route, startRouter, watchPages } from "./router.js";
import { forgetSeen } from "./recommended.js";
import { signOut, watchSession, whoIsIt } from "./session.js";
import { pageShown, sendersChanged, startTracking } from "./tracking.js";
import { addresses } from "./views/account/addresses.js";
import { feedback } from "./views/account/feedback.js";
import { orders, savedCarts } from "./views/account/orders.js";
import { profile } from "./views/account/profile.js";
import { confirmAddress, register } from "./views/account/register.js";
import { resetPassword, resetRequest } from "./views/account/reset.js";
import { security } from "./views/account/security.js";
import { mine, signIn } from "./views/account/signin.js";
import { sharedWishlist, wishlist } from "./views/account/wishlist.js";
import { cart } from "./views/cart.js";
import { checkout } from "./views/checkout.js";
import { faq, promotion, promotions, standard } from "./views/content.js";
import { brands, categories, home } from "./views/home.js";
import { contact as contactPage, inquiry } from "./views/inquiries.js";
import { list } from "./views/list.js";
import { order } from "./views/order.js";
import { preview } from "./views/preview.js";
import { product } from "./views/product.js";
import { stopMails } from "./views/stop.js";
import { startSuggestions } from "./suggest.js";
import { loadWishes } from "./wishes.js";

route("/", home, "grid");
route("/products/", list("products"), "grid");
route("/products/:slug/", product, "product");
route("/categories/", categories, "grid");
route("/categories/:slug/", list("category"), "grid");
route("/brands/", brands);
route("/brands/:slug/", list("brand"), "grid");
route("/search/", list("search"), "grid");
route("/cart/", cart);
route("/checkout/", checkout);
route("/orders/:number/", order);
route("/promotions/", promotions);
route("/promotions/:slug/", promotion);
route("/faq/", faq);
route("/pages/:slug/", standard);
route("/preview/", preview, "product");
route("/contact/", contactPage);
route("/inquiries/:id/", inquiry);
route("/mail/stop/:token/", stopMails);
route("/wishlist/:token/", sharedWishlist, "grid");
route("/account/", mine(profile));
route("/account/sign-in/", signIn);
route("/account/register/", register);
route("/account/confirm/:key/", confirmAddress);
route("/account/reset/", resetRequest);
route("/account/reset/:key/", resetPassword);
route("/account/security/", mine(security));
route("/account/addresses/", mine(addresses));
route("/account/orders/", mine(orders));
route("/account/wishlist/", mine(wishlist), "grid");
route("/account/carts/", mine(savedCarts));
route("/account/feedback/", mine(feedback));

const at = (id) => document.getElementById(id);

/** Links; a group is a heading with links below it, which small menus show side by side. */
const menu = (entries, { flat }) =>
  (flat ? entries.flatMap((entry) => entry.links ?? entry) : entries).map(({ label, url, links }) =>
    links
      ? html`<li class="menu-group"><p>${label}</p><ul>${menu(links, { flat })}</ul></li>`
      : html`<li><a href="${safeUrl(url)}">${label}</a></li>`,
  );

const picker = (id, label, values, chosen) =>
  values.length > 1 &&
  html`<label class="select">${label} <select id="${id}">${values.map(([value, text]) =>
    html`<option value="${value}" ${value === chosen && "selected"}>${text}</option>`)}</select></label>`;

const contact = ({ tagline, contact: { email, phone, address, opening_hours: hours }, social = [] }) => html`
  ${[tagline, address, hours].filter(Boolean).map((text) => html`<p class="lines-kept">${text}</p>`)}
  ${email && html`<p><a href="mailto:${email}">${email}</a></p>`}
  <p><a href="/contact/">Ask us a question</a></p>
  ${phone && html`<p><a href="tel:${phone.replace(/[^\d+]/g, "")}">${phone}</a></p>`}
  ${social.map(({ name, url }) => html`<p><a href="${safeUrl(url)}" rel="noopener">${name}</a></p>`)}`;

/** Takes the shopper's choice and starts afresh, because every price and text changes with it. */
function remember(id, setting) {
  at(id)?.addEventListener("change", ({ target }) => {
    setting.value = target.value;
    const here = new URL(location.href);
    here.searchParams.delete(id);
    location.replace(here);
  });
}

async function showShell() {
  const shop = await site();
  document.querySelectorAll("[data-name]").forEach((node) => (node.textContent = shop.name));
  const { announcement, announcement_link: link } = shop;
  render(at("announcement"), html`${announcement} ${link?.url && html`<a href="${safeUrl(link.url)}">${link.label}</a>`}`);
  at("announcement").hidden = !announcement;
  const main = shop.menus.main.length > 0 ? shop.menus.main : [{ label: "All products", url: "/products/" }];
  render(at("menu"), menu(main, { flat: true }));
  render(at("drawer-menu"), menu(main, { flat: true }));
  render(at("footer-menu"), menu(shop.menus.footer, { flat: false }));
  render(at("footer-contact"), contact(shop));
  render(at("footer-shipping"), richText(shop.shipping_information));
  render(at("footer-choices"), [
    picker("currency", "Currency", shop.currencies.map((code) => [code, code]), currency.value ?? shop.default_currency),
    picker("locale", "Language", shop.locales.map(({ code, name }) => [code, name]), locale.value ?? shop.default_locale),
  ]);
  remember("currency", currency);
  remember("locale", locale);
  document.documentElement.lang = locale.value ?? shop.default_locale ?? "en";
  markMenu();
}

/** Marks the menu entry of the page that is shown. */
function markMenu() {
  for (const link of document.querySelectorAll("#menu a, #drawer-menu a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

watchCart((current) => {
  const count = pieces(current);
  const badge = at("cart-count");
  badge.textContent = count;
  badge.hidden = count === 0;
  at("cart-words").textContent = `Cart, ${count} ${count === 1 ? "piece" : "pieces"}`;
});

let customer = null; // the id of who is signed in

/** The header says who is signed in; their wishes come and go with them. */
function showCustomer(user) {
  at("account-words").textContent = user ? `Your account, ${user.display ?? user.email}` : "Sign in";
  at("account-mark").hidden = !user;
  if ((user?.id ?? null) === customer) return;
  customer = user?.id ?? null;
  loadWishes().catch(() => {});
  followNews(user);
  sendersChanged();
}

watchSession(showCustomer);
document.addEventListener("click", async ({ target }) => {
  if (!target.closest("[data-sign-out]")) return;
  try {
    await signOut();
    dropCart(); // the next person at this browser finds nothing of the last one
    sessionStorage.clear();
    forgetSeen();
    navigate("/account/sign-in/");
    toast("You are signed out.");
  } catch (problem) {
    toast(problem.message, { tone: "bad" });
  }
});

const drawer = at("drawer");
at("drawer-open").addEventListener("click", () => drawer.showModal());
drawer.addEventListener("click", ({ target }) => {
  if (target === drawer || target.closest("a, [data-close]")) drawer.close();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[role=search]")) return;
  event.preventDefault();
  drawer.close();
  navigate(`/search/?q=${encodeURIComponent(new FormData(event.target).get("q").trim())}`);
  if (!event.target.closest("main")) event.target.reset(); // the search's page has a field of its own
});
new MutationObserver(markMenu).observe(document.querySelector("title"), { childList: true });

startSuggestions();
startConsent();
watchPages(pageShown);
startRouter();
showShell().catch(() => {}); // the page itself says what is wrong
loadCart().catch(() => {});
whoIsIt().then((user) => {
  showCustomer(user);
  startTracking({ onOffer: showOffer, worth: cartWorth, locale: locale.value });
});
