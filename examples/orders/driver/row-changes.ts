import { isDatabaseError, openDatabase } from '../database';

/** The triggers' own count of the rows that came, changed and went. */
export interface RowChanges {
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
}

const changes = ['insert', 'update', 'delete'] as const;

/** Puts triggers into the service's database, from outside: they count what really happens to the rows. */
export function countRowChanges(file: string): void {
  const database = openDatabase(file, 1_000);
  database.exec('CREATE TABLE row_changes (change TEXT PRIMARY KEY, rows INTEGER NOT NULL)');
  for (const change of changes) {
    database.exec(`
      INSERT INTO row_changes VALUES ('${change}', 0);
      CREATE TRIGGER count_${change} AFTER ${change} ON orders BEGIN
        UPDATE row_changes SET rows = rows + 1 WHERE change = '${change}';
      END;
    `);
  }
  database.close();
}

/** Reads the triggers' count. */
export function readRowChanges(file: string): RowChanges {
  const database = openDatabase(file, 1_000);
  const rows = database.prepare('SELECT change, rows FROM row_changes').all() as { change: string; rows: number }[];
  database.close();
  return Object.fromEntries(rows.map(({ change, rows: count }) => [change, count])) as unknown as RowChanges;
}

/** Locks the database every now and then, as another process might: meanwhile the service's writes fail. */
export function lockNowAndThen(file: string): { stop(): void } {
  const database = openDatabase(file);
  let isLocked = false;
  const toggle = (): void => {
    try {
      database.exec(isLocked ? 'ROLLBACK' : 'BEGIN IMMEDIATE');
      isLocked = !isLocked;
    } catch (error) {
      // The service is writing just now; the next time, then.
      if (!isDatabaseError(error)) throw error;
    }
    timer = setTimeout(toggle, isLocked ? 25 : 100);
  };
  let timer = setTimeout(toggle, 100);
  return {
    stop() {
      clearTimeout(timer);
      if (isLocked) database.exec('ROLLBACK');
      database.close();
    },
  };
}
