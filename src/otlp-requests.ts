/** What an exporter of OTLP writes its requests with. */
interface RequestWriter<Records> {
  serializeRequest(records: Records): Uint8Array | undefined;
}

interface Delegate {
  _serializer?: unknown;
}

/**
 * Has a request pass through `adjust` before it is sent. OpenTelemetry's exporters keep their writer to themselves, and have
 * it at the same place since 0.57 (seen from 0.208 to 0.223).
 *
 * @returns whether the writer was found; if not, requests are sent as they are written
 */
export function adjustRequests<Records>(
  exporter: object,
  adjust: (request: Uint8Array, records: Records) => Uint8Array,
): boolean {
  const { _delegate: delegate } = exporter as { readonly _delegate?: Delegate };
  const writer = delegate?._serializer;
  if (delegate === undefined || !isWriter<Records>(writer)) return false;
  const adjusting: RequestWriter<Records> = {
    serializeRequest(records) {
      const request = writer.serializeRequest(records);
      return request === undefined ? undefined : adjust(request, records);
    },
  };
  // The rest, such as how answers are read, stays the exporter's.
  delegate._serializer = Object.setPrototypeOf(adjusting, writer);
  return true;
}

function isWriter<Records>(writer: unknown): writer is RequestWriter<Records> {
  return typeof (writer as Partial<RequestWriter<Records>> | undefined)?.serializeRequest === 'function';
}
