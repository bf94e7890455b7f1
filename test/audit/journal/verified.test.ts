import { generateKeyPairSync, hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditEvent, FileAuditBackend, verifyTrail, type AuditCheckpoint } from '../../../src/index';

const { privateKey, publicKey: publicKeyObject } = generateKeyPairSync('ed25519');
const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicKey = publicKeyObject.export({ type: 'spki', format: 'pem' }).toString();

let root: string;
let anchors: AuditCheckpoint[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trefoil-verified-'));
  anchors = [];
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Files of about ten events each. */
function open(maxFiles?: number): FileAuditBackend {
  return new FileAuditBackend({
    path: root,
    maxFileSizeMb: 0.004,
    maxFiles: maxFiles ?? 1_000,
    key,
    anchors: [(checkpoint) => void anchors.push(checkpoint)],
  });
}

function write(backend: FileAuditBackend, count: number): void {
  for (let index = 0; index < count; index += 1) {
    void backend.log(new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test', itemId: `o-${index}` }));
  }
}

/** The files of the only writer, in their order. */
function segments(): string[] {
  const [writer] = readdirSync(root).filter((name) => name.startsWith('w-'));
  const directory = join(root, writer ?? 'none');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .map((name) => join(directory, name));
}

describe('what the backend has written', () => {
  it('is sound to the verifier: over several files, after a restart, and where old files were dropped', async () => {
    for (const maxFiles of [undefined, undefined, 5]) {
      const backend = open(maxFiles);
      write(backend, 60);
      await backend.close();
    }
    const report = await verifyTrail(root, { publicKey, anchors });
    expect(report).toMatchObject({ verdict: 'sound', faults: [] });
    expect(report.records).toBeGreaterThan(30);
  });

  it('cannot be cut at the end of a file, even by one who knows how hashes are made', async () => {
    const backend = open();
    write(backend, 60);
    await backend.close();
    const [first = '', ...rest] = segments();
    expect(rest.length).toBeGreaterThan(2);
    for (const file of rest) rmSync(file);
    const lines = readFileSync(first, 'utf8').trimEnd().split('\n');
    const [before = '', seal = ''] = lines.slice(-2);
    const previous = /"h":"([0-9a-f]{64})"/.exec(before)?.[1] ?? '';
    const body = seal.slice(seal.indexOf('"b":') + 4, -1).replace('"closed":false', '"closed":true');
    expect(seal).toContain('"closed":false');
    const input = Buffer.concat([Buffer.from('trefoil/1\0'), Buffer.from(previous, 'hex'), Buffer.from(body)]);
    const forged = `{"p":"${previous.slice(0, 16)}","h":"${hash('sha256', input)}","b":${body}}`;
    writeFileSync(first, `${[...lines.slice(0, -1), forged].join('\n')}\n`);

    const sealed = (JSON.parse(body) as { readonly seq: number }).seq;
    const untilThen = anchors.filter(({ seq }) => seq <= sealed);
    expect(untilThen.length).toBeGreaterThan(0);
    expect((await verifyTrail(root, { publicKey, anchors: untilThen })).verdict).toBe('tampered');
    expect((await verifyTrail(root, { publicKey, anchors })).verdict).toMatch(/tampered|missing/);
  });
});
