import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { currentContext, extractContext, runWithContext } from 'trefoil';
import { isDatabaseError } from './database';
import { OrderDeniedError, OrderInvalidError, OrderNotFoundError, type OrderDraft } from './order';
import type { OrderStore } from './order-store';

const draft = {
  type: 'object',
  required: ['product', 'quantity'],
  additionalProperties: false,
  properties: { product: { type: 'string', minLength: 1 }, quantity: { type: 'integer', minimum: 1 } },
};
const page = { type: 'object', properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } } };

interface ById {
  readonly Params: { readonly id: string };
}

/** The HTTP face of the orders. */
export function createOrderService(store: OrderStore): FastifyInstance {
  const service = Fastify({ genReqId: () => randomUUID() });

  // Everything that a request causes carries its ids, and belongs to the trace of whoever sent it.
  service.addHook('onRequest', (request, reply, done) => {
    const { id: requestId, ip: ipAddress } = request;
    const userId = textHeader(request, 'x-user-id');
    const userAgent = textHeader(request, 'user-agent');
    runWithContext(extractContext(request.headers), () => {
      void reply.header('x-correlation-id', currentContext()?.correlationId);
      runWithContext({ requestId, userId, ipAddress, userAgent }, done);
    });
  });

  service.post<{ Body: OrderDraft }>('/orders', { schema: { body: draft } }, async (request, reply) => {
    const order = await store.create(request.body, customerOf(request));
    return reply.code(201).send(order);
  });

  service.get<{ Querystring: { readonly limit: number } }>(
    '/orders',
    { schema: { querystring: page } },
    async (request) => store.list(customerOf(request), request.query.limit),
  );

  service.get<ById>('/orders/:id', async (request) => {
    const order = await store.get(request.params.id, customerOf(request));
    if (order === undefined) throw new OrderNotFoundError(`There is no order ${request.params.id}`);
    return order;
  });

  service.put<ById & { Body: OrderDraft }>('/orders/:id', { schema: { body: draft } }, async (request) =>
    store.update(request.params.id, request.body, customerOf(request)),
  );

  service.delete<ById>('/orders/:id', async (request, reply) => {
    await store.cancel(request.params.id, customerOf(request));
    return reply.code(204).send();
  });

  service.setErrorHandler((error: FastifyError, _request, reply) => {
    const statusCode = statusOf(error);
    return reply.code(statusCode).send({
      statusCode,
      // What the database says is for the log, not for the caller.
      message: statusCode < 500 ? error.message : 'The service is not available right now',
      correlationId: currentContext()?.correlationId,
    });
  });

  return service;
}

function statusOf(error: FastifyError): number {
  if (error instanceof OrderNotFoundError) return 404;
  if (error instanceof OrderDeniedError) return 403;
  if (error instanceof OrderInvalidError) return 400;
  if (isDatabaseError(error)) return 503;
  return error.statusCode ?? 500;
}

/** Stands for the user of a session or a verified token. */
function customerOf(request: FastifyRequest): string {
  return textHeader(request, 'x-user-id') ?? 'guest';
}

function textHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
