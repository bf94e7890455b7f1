import * as v from 'valibot';
import { callable, flag, positive, wholeFrom } from '../option-values';
import { redactor } from '../redaction/data-redactor';

/** When a log file is put aside. */
export const logRotation = v.strictObject({
  maxFileSizeMb: v.optional(positive),
  maxFiles: v.optional(wholeFrom(1)),
  daily: flag,
  compress: flag,
});

/** What a logger of the application's own is told. */
export const forwardingOptions = v.strictObject({
  service: v.optional(v.string()),
  environment: v.optional(v.string()),
  redactor: v.optional(redactor),
  onError: v.optional(callable<(error: unknown) => void>()),
});
