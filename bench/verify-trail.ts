// How many records a second verifyTrail reads, hashing included, and how much memory it takes:
// npm run bench -- verify-trail [records]
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditEvent, verifyTrail } from 'trefoil';

const records = Number(process.argv[2] ?? 1_000_000);
const writer = 'w-0123456789abcdef';
const root = mkdtempSync(join(tmpdir(), 'trefoil-bench-'));

/** One segment of events like those of a web service, written straight from the format. */
function writeTrail(): number {
  mkdirSync(join(root, `${writer}.live`));
  const file = openSync(join(root, `${writer}.live`, 'audit-00000001.ndjson'), 'a');
  let previous: Buffer = Buffer.alloc(32);
  let bytes = 0;
  let lines: string[] = [];
  for (let seq = 1; seq <= records; seq += 1) {
    const fields = seq === 1 ? { kind: 'open', at, format: 1, writer, segment: 1 } : { kind: 'event', at, event };
    const body = JSON.stringify({ seq, ...fields });
    const hash = createHash('sha256').update('trefoil/1\0').update(previous).update(body).digest();
    lines.push(`{"p":"${previous.toString('hex', 0, 8)}","h":"${hash.toString('hex')}","b":${body}}\n`);
    previous = hash;
    if (lines.length < 1_000 && seq < records) continue;
    bytes += writeSync(file, lines.join(''));
    lines = [];
  }
  closeSync(file);
  return bytes;
}

const at = new Date().toISOString();
const event = new AuditEvent({
  eventType: 'update',
  status: 'success',
  storeType: 's3',
  storeId: 'orders',
  operation: 'OrderStore.save',
  itemId: 'order-17',
  userId: 'user-1',
  durationMs: 1.25,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
}).toJSON();

async function main(): Promise<void> {
  try {
    const bytes = writeTrail();
    for (let run = 1; run <= 3; run += 1) {
      const cpu = process.cpuUsage();
      const { verdict, records: read } = await verifyTrail(root);
      if (verdict !== 'unanchored' || read !== records) throw new Error(`verified ${read} records: ${verdict}`);
      const { user, system } = process.cpuUsage(cpu);
      const perSecond = Math.round(read / ((user + system) / 1e6));
      const memory = process.resourceUsage().maxRSS / 1024;
      console.log(
        `${perSecond} records/s of CPU, ${(bytes / read).toFixed(0)} bytes each, ${memory.toFixed(0)} MiB at most`,
      );
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

void main();
