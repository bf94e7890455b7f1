import { types } from 'node:util';
import { callMethod } from './call-method';
import { begin, invoke, type CallSite } from './invoke';
import { admitted } from './invoke-admitted';
import { invokeWithCallback } from './observe-callback';
import { observeGenerator } from './observe-generator';

/**
 * Run one call of a method whose kind decides when the call is over: a generator, one that answers by a callback, or
 * one that was not called before. The kind is known only once all decorators of the stack have been applied.
 */
export function invokeByKind(site: CallSite, self: unknown, args: unknown[]): unknown {
  const { method, fields } = site.operation;
  if (types.isGeneratorFunction(method)) {
    const generator = callMethod(method, self, args) as object;
    return observeGenerator(generator, () => admitted(begin(site, self, args)));
  }
  if (fields.callback === undefined) {
    site.isPlain = true;
    return invoke(site, self, args);
  }
  // Without one, it answers by what it returns.
  if (typeof args.at(-1) !== 'function') return invoke(site, self, args);
  const running = begin(site, self, args);
  return running === undefined ? callMethod(method, self, args) : invokeWithCallback(running, self, args);
}
