// Tells the shop which hits were opened and put into a cart. No person is named: a search's token,
// which the answer gave, and a product.

const KEPT = "vitrine.searched";

const kept = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
};

function tell(kind, event) {
  const body = new Blob([JSON.stringify({ kind, ...event })], { type: "application/json" });
  navigator.sendBeacon?.("/api/search/events/", body);
}

/** A hit was opened: its place counts from 1. */
export function opened(queryId, productId, position) {
  if (!queryId) return;
  tell("click", { query_id: queryId, product_id: productId, position });
  sessionStorage.setItem(KEPT, JSON.stringify({ ...kept(), [productId]: queryId }));
}

/** A product went into the cart; it counts for the search that led to it in this tab. */
export function bought(productId, variantId) {
  const { [productId]: queryId, ...others } = kept();
  if (!queryId) return;
  tell("conversion", { query_id: queryId, product_id: productId, variant_id: variantId });
  sessionStorage.setItem(KEPT, JSON.stringify(others));
}
