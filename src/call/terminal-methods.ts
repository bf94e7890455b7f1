/** Methods of query builders, and of what is prepared from them, that run the query without going through `then`. */
export const terminalMethods: ReadonlySet<string | symbol> = new Set<string | symbol>([
  // drizzle; `execute` also of others
  'execute',
  'run',
  'all',
  'get',
  'values',
  'sync',
  // mongoose
  'exec',
  'cursor',
  // knex
  'stream',
  'pipe',
  'asCallback',
  // Prisma, for a query that is part of a transaction
  'requestTransaction',
  // `for await` over a builder
  Symbol.asyncIterator,
]);
