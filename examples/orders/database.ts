/** A value that SQLite keeps. */
type SqlValue = string | number | bigint | null;

/** A prepared statement. */
export interface Statement {
  run(...values: readonly SqlValue[]): unknown;
  get(...values: readonly SqlValue[]): unknown;
  all(...values: readonly SqlValue[]): unknown[];
}

/** What the example uses of an SQLite driver: `node:sqlite`, libsql and better-sqlite3 all have it. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

/** The token under which is registered what opens the database: a function of the type `() => Database`. */
export const OPEN_DATABASE = Symbol('orders OPEN_DATABASE');

type DatabaseConstructor = new (file: string) => Database;

/**
 * Opens an SQLite file, and makes it and its table where they are missing.
 *
 * @param busyTimeoutMs how long a statement waits for another process's lock; the thread waits with it
 */
export function openDatabase(file: string, busyTimeoutMs = 0): Database {
  const Driver = findDriver();
  const database = new Driver(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA busy_timeout = ${busyTimeoutMs};
    CREATE TABLE IF NOT EXISTS orders (
      id TEXT PRIMARY KEY, customer TEXT NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer);
  `);
  return database;
}

/**
 * Runs reads and writes as one transaction. The lock is taken first and by a statement of its own: a prepared write that
 * met a lock would stay half run in libsql, and take later writes down with it.
 */
export function inTransaction<Result>(database: Database, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Whether an error comes from the database itself: a lock, a full disk, a file that is gone. */
export function isDatabaseError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(ERR_)?SQLITE_/.test(code);
}

/** The driver that comes with Node.js 22 and later; before that, libsql. */
function findDriver(): DatabaseConstructor {
  const builtIn = process.getBuiltinModule('node:sqlite') as { DatabaseSync: DatabaseConstructor } | undefined;
  return builtIn?.DatabaseSync ?? (require('libsql') as DatabaseConstructor);
}
