/** What a customer asks for. */
export interface OrderDraft {
  readonly product: string;
  readonly quantity: number;
}

/** An order as it is kept. */
export interface Order extends OrderDraft {
  readonly id: string;
  readonly customer: string;
}

/** The most pieces that one order may ask for. */
export const maxQuantity = 1_000;

/** There is no such order. */
export class OrderNotFoundError extends Error {
  override readonly name = 'OrderNotFoundError';
}

/** The order belongs to somebody else. */
export class OrderDeniedError extends Error {
  override readonly name = 'OrderDeniedError';
}

/** The order asks for something that is not sold. */
export class OrderInvalidError extends Error {
  override readonly name = 'OrderInvalidError';
}
