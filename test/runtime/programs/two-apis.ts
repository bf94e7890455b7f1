import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Api from '@opentelemetry/api';
import type * as AsyncHooks from '@opentelemetry/context-async-hooks';
import { initializeObservability } from '../../../src/index';

/** The application's own packages; trefoil's copy of the API is beside this program. */
const [, , applicationRoot = '', setsUp] = process.argv;
const requireThere = createRequire(join(applicationRoot, 'package.json'));

if (setsUp === 'set up') {
  const { context } = requireThere('@opentelemetry/api') as typeof Api;
  const { AsyncLocalStorageContextManager } = requireThere('@opentelemetry/context-async-hooks') as typeof AsyncHooks;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

const trefoil = initializeObservability({ metrics: { port: false }, logging: { level: 'silent' } });
const problems = trefoil.describe().problems.filter(({ code }) => code === 'TREFOIL_OTEL_API_DUPLICATED');
writeSync(1, `${JSON.stringify({ problems, reports: trefoil.status().reports })}\n`);
void trefoil.shutdown();
