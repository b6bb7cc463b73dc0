// Types of live.js. Copy both.

export type Close = { code?: number; reason?: string };
/** `waiting`: the connection broke and comes back by itself. `closed`: it does not. */
export type State = "connecting" | "open" | "waiting" | "closed";
/** Gives an access token, or null for a guest. `expired`: the last one does not count any more. */
export type TokenSource = (asked: { expired: boolean }) => string | null | Promise<string | null>;

export type OrderStatus = "pending" | "processing" | "shipped" | "completed" | "cancelled" | "refunded";

interface Told {
  /** The same news have the same id, however often they come. */
  event_id: string;
  at: string;
}
export interface OrderUpdate extends Told {
  type: "order_update";
  order_id: string;
  order_number: string;
  status: OrderStatus;
  payment_status: string;
  fulfilment_status: string;
  /** In the order's language. */
  message: string;
}
/** A wish is back in stock. */
export interface StockUpdate extends Told {
  type: "stock_update";
  product_id: number;
  product_slug: string;
  product_name: string;
  in_stock: boolean;
  message: string;
}
/** Staff have answered an inquiry. */
export interface SupportMessage extends Told {
  type: "support_message";
  inquiry_id: string;
  inquiry_number: string;
  message: string;
}
export type News = OrderUpdate | StockUpdate | SupportMessage;

export interface Ready {
  type: "ready";
  last_event_id: string | null;
  replayed: number;
  /** false: more was missed than is replayed. Read the orders anew. */
  is_complete: boolean;
  expires_at: string | null;
}

export interface Offer {
  type: "offer";
  id: string;
  title: string;
  message: string;
  code: string | null;
  /** A path of the storefront, or an https address. */
  href: string;
  promotion: { id: number; slug: string; title: string };
  [field: string]: unknown;
}

export type Money = { amount: string; currency: string };
export type Utm = Partial<Record<"source" | "medium" | "campaign" | "term" | "content", string>>;
type Line = ({ variant_id: number; product_id?: number } | { product_id: number }) & { quantity?: number; path?: string };
/** What each event may say; docs/analytics.md. */
export interface Events {
  page_view: { path: string; referrer?: string; utm?: Utm; page_id?: number };
  page_leave: { view?: string; path?: string; seconds?: number };
  heartbeat: { view?: string; path?: string; seconds?: number };
  product_view: { product_id: number; variant_id?: number; path?: string; shown_in?: string };
  search: { query: string; results?: number; path?: string };
  cart_add: Line;
  cart_remove: Line;
  checkout_start: { path?: string };
  purchase: { order_id: string } | { order_number: string };
  exit_intent: { path?: string };
  offer_shown: { offer: string };
  offer_clicked: { offer: string };
}

export interface Connection {
  send(message: object): boolean;
  close(): void;
}
export function connect(options: {
  address: () => string;
  token?: TokenSource | null;
  /** The socket takes anybody: it goes on without a sign-in that has ended. */
  guests?: boolean;
  onMessage: (message: any) => void;
  onState?: (state: State, why: Close) => void;
}): Connection;

export function notifications(options: {
  origin?: string;
  token?: TokenSource | null;
  orderToken?: string | null;
  since?: string | null;
  onMessage: (news: News) => void;
  onReady?: (ready: Ready) => void;
  onState?: (state: State, why: Close) => void;
}): { close(): void; readonly last: string | null };

export function analytics(options?: {
  origin?: string;
  token?: TokenSource | null;
  /** true, false, or null while the shopper has not been asked. */
  consent?: () => boolean | null;
  /** The cart's subtotal: goes with the events that offers may hang on. */
  worth?: () => Money | null;
  /** The language of offers; else the browser's. */
  locale?: string | null;
  onOffer?: (offer: Offer) => void;
  onState?: (state: State, why: Close) => void;
  /** The name in localStorage under which the visitor's id is kept. */
  key?: string;
}): {
  track<Name extends keyof Events>(name: Name, data: Events[Name]): string;
  view(path?: string, more?: { referrer?: string }): string;
  leave(): void;
  flush(): void;
  close(): void;
};

export function uuid(): string;
