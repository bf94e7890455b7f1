import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileAuditBackend } from '../../src/index';
import { SigningKey } from '../../src/audit/journal/signing-key';
import type { TrailAnchor } from '../../src/audit/journal/read-anchors';
import { WrittenTrail } from '../audit/journal/written-trail';
import { buildCli, Command, spawnCli, trefoil } from './run-cli';

let folder: string;
let root: string;

beforeAll(buildCli, 120_000);

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'trefoil-cli-'));
  root = join(folder, 'audit');
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

function writeAnchors(anchors: readonly TrailAnchor[]): string {
  fs.writeFileSync(at('anchors.ndjson'), anchors.map((anchor) => `${JSON.stringify(anchor)}\n`).join(''));
  return at('anchors.ndjson');
}

/** The values of one field in NDJSON. */
function field(ndjson: string, name: string): unknown[] {
  const lines = ndjson.split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as Record<string, unknown>)[name]);
}

describe('audit keygen', () => {
  test('makes keys that sign and verify a trail, the private one for its owner only', async () => {
    const [privateKey, publicKey] = [at('key.pem'), at('key.pub.pem')];
    const made = await trefoil('audit', 'keygen', '--private-key', privateKey, '--public-key', publicKey);
    const key = SigningKey.read(privateKey);
    expect(made).toMatchObject({ code: 0, err: '', out: expect.stringContaining(key.keyId) });
    expect(fs.statSync(privateKey).mode & 0o777).toBe(0o600);
    const trail = new WrittenTrail(root, key).events(3);
    trail.close();
    const anchors = writeAnchors(trail.anchors);
    const verified = await trefoil('audit', 'verify', root, '--public-key', publicKey, '--anchors', anchors);
    expect(verified).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^sound/) });
  });

  test('replaces no file, and leaves no private key without its public one', async () => {
    fs.writeFileSync(at('taken'), 'mine');
    const one = await trefoil('audit', 'keygen', '--private-key', at('taken'), '--public-key', at('public'));
    const two = await trefoil('audit', 'keygen', '--private-key', at('private'), '--public-key', at('taken'));
    for (const { code, err } of [one, two]) {
      expect(code).toBe(73);
      expect(err).toContain('exist');
    }
    expect(fs.readdirSync(folder)).toEqual(['taken']);
    expect(fs.readFileSync(at('taken'), 'utf8')).toBe('mine');
  });
});

describe('audit verify', () => {
  test('exits with the verdict, and names the first bad record', async () => {
    const trail = new WrittenTrail(root).events(3).rotate().events(3);
    const directory = trail.close();
    const anchors = writeAnchors(trail.anchors);
    expect(await trefoil('audit', 'verify', root, '--anchors', anchors)).toMatchObject({ code: 0 });
    expect(await trefoil('audit', 'verify', root)).toMatchObject({ code: 2 });
    const file = join(directory, 'audit-00000001.ndjson');
    const clean = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, clean.replace('item-2', 'item-X'));
    const tampered = await trefoil('audit', 'verify', root, '--anchors', anchors);
    expect(tampered.code).toBe(1);
    expect(tampered.out).toContain(`edit at ${file}:3 (record 3)`);
    fs.rmSync(file);
    expect(await trefoil('audit', 'verify', root, '--anchors', anchors)).toMatchObject({ code: 3 });
  });

  test('reports as JSON and tells of its progress', async () => {
    new WrittenTrail(root).events(3).write();
    const { code, out, err } = await trefoil('audit', 'verify', root, '--format', 'json', '--progress');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'unanchored',
      records: 4,
      writers: [{ state: 'open', events: 3 }],
    });
    expect(err).toBe('4 records, 0 MiB\n');
  });
});

describe('audit query', () => {
  const query = async (...args: string[]): Promise<unknown[]> => {
    const { code, out, err } = await trefoil('audit', 'query', root, '--format', 'ndjson', ...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return field(out, 'item_id');
  };

  test('finds events by each filter, in either order, with offset and limit', async () => {
    const trail = new WrittenTrail(root);
    trail.event({ itemId: 'by-type', eventType: 'delete', storeName: 'Orders', storeId: 's-1', storeType: 's3' });
    trail.event({ itemId: 'by-status', status: 'denied', userId: 'u-1', sessionId: 'ses', traceId: 'f'.repeat(32) });
    trail.event({ itemId: 'by-text', metadata: { deep: [{ note: 'A Needle here' }] } });
    trail.close();
    const [type, status, text] = ['by-type', 'by-status', 'by-text'];
    expect(await query()).toEqual([type, status, text]);
    expect(await query('--order', 'desc')).toEqual([text, status, type]);
    expect(await query('--offset', '1', '--limit', '1', '--order', 'desc')).toEqual([status]);
    for (const [option, value] of Object.entries({
      event: 'delete',
      store: 'Orders',
      'store-id': 's-1',
      'store-type': 's3',
    })) {
      expect(await query(`--${option}`, value)).toEqual([type]);
    }
    for (const [option, value] of Object.entries({
      status: 'denied',
      user: 'u-1',
      session: 'ses',
      trace: 'f'.repeat(32),
    })) {
      expect(await query(`--${option}`, value)).toEqual([status]);
    }
    expect(await query('--text', 'needle')).toEqual([text]);
    expect(await query('--item', text)).toEqual([text]);
    expect(await query('--since', '2026-03-01T12:00:02Z', '--until', '2026-03-01T12:00:03Z')).toEqual([status]);
    expect(await query('--since', '2026-03-02')).toEqual([]);
    expect(await query('--user', 'u-1', '--event', 'delete')).toEqual([]);
  });

  test('prints JSON, CSV and lines to read, and none of them holds what a terminal or spreadsheet would obey', async () => {
    const evil = '=1+2";\u001b[31m\u202e\r\n"';
    const event = { itemId: evil, userId: '+cmd', errorMessage: '\t@x', metadata: { a: '=b' }, durationMs: 1.5 };
    new WrittenTrail(root).event(event).event({ itemId: '\uff1d1', userId: '-2' }).close();
    for (const format of ['human', 'json', 'ndjson', 'csv']) {
      const { code, out } = await trefoil('audit', 'query', root, '--format', format);
      expect(code).toBe(0);
      expect(out.replaceAll(format === 'csv' ? '\r\n' : '\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    const json = await trefoil('audit', 'query', root, '--format', 'json');
    expect(JSON.parse(json.out)).toMatchObject([{ item_id: evil, user_id: '+cmd' }, { item_id: '\uff1d1' }]);
    const csv = await trefoil('audit', 'query', root, '--format', 'csv');
    const rows = csv.out.split('\r\n');
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatch(/^"event_id","event_type","timestamp"/);
    expect(rows[1]).toContain(`"'=1+2"";\\u001b[31m\\u202e\\u000d\\u000a"""`);
    expect(rows[1]).toContain(`"'+cmd"`);
    expect(rows[1]).toContain(`"'\\u0009@x"`);
    expect(rows[1]).toContain(`"{""a"":""=b""}"`);
    expect(rows[1]).toContain(`"1.5"`);
    expect(rows[2]).toContain(`"'\uff1d1"`);
    expect(rows[2]).toContain(`"'-2"`);
  });

  test('gives valid output where nothing is found', async () => {
    new WrittenTrail(root).close();
    expect(await trefoil('audit', 'query', root)).toMatchObject({ code: 0, out: '' });
    expect(JSON.parse((await trefoil('audit', 'query', root, '--format', 'json')).out)).toEqual([]);
    expect((await trefoil('audit', 'query', root, '--format', 'csv')).out.split('\r\n')).toHaveLength(2);
  });

  test('says that lines could not be read', async () => {
    const trail = new WrittenTrail(root).events(1).write();
    fs.appendFileSync(trail.file, 'noise\n');
    const { code, err } = await trefoil('audit', 'query', root);
    expect(code).toBe(0);
    expect(err).toContain('1 lines or files hold no audit records');
  });

  test('ends quietly when nobody reads on', async () => {
    new WrittenTrail(root).events(20_000).close();
    const command = new Command(['audit', 'query', root]);
    await command.prints('item-1');
    expect(await command.closeOutput()).toMatchObject({ code: 0, err: '' });
  });
});

describe('audit tail', () => {
  test('prints the last events, oldest first', async () => {
    new WrittenTrail(root).events(20).close();
    const { code, out } = await trefoil('audit', 'tail', root, '-n', '3', '--format', 'ndjson');
    expect(code).toBe(0);
    expect(field(out, 'item_id')).toEqual(['item-18', 'item-19', 'item-20']);
  });

  test('follows new events over segments and writers until it is interrupted', async () => {
    const trail = new WrittenTrail(root).events(2).write();
    const command = new Command(['audit', 'tail', root, '-n', '1', '-f', '--format', 'ndjson', '--text', 'item']);
    await command.prints('item-2');
    trail.event({ itemId: 'item-live' }).event({ itemId: 'other' }).write();
    await command.prints('item-live');
    trail.rotate().event({ itemId: 'item-rotated' }).close();
    await command.prints('item-rotated');
    const other = new WrittenTrail(root).event({ itemId: 'item-of-another', status: 'unknown' }, 'intent');
    other.event({ itemId: 'item-of-another', eventId: 'x' }, 'outcome').write();
    await command.prints('item-of-another');
    const { code, out } = await command.interrupt();
    expect(code).toBe(0);
    expect(field(out, 'item_id')).toEqual(['item-2', 'item-live', 'item-rotated', 'item-of-another']);
  });
});

describe('audit export', () => {
  test('writes a range of events to a file for its owner, once', async () => {
    new WrittenTrail(root).events(5).close();
    const range = ['--since', '2026-03-01T12:00:02Z', '--until', '2026-03-01T12:00:04Z'];
    const file = at('out.ndjson');
    expect(await trefoil('audit', 'export', root, '--output', file, ...range)).toMatchObject({
      code: 0,
      out: '',
      err: '',
    });
    expect(field(fs.readFileSync(file, 'utf8'), 'item_id')).toEqual(['item-2', 'item-3']);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(await trefoil('audit', 'export', root, '--output', file)).toMatchObject({ code: 73 });
    expect(field(fs.readFileSync(file, 'utf8'), 'item_id')).toHaveLength(2);
    expect(await trefoil('audit', 'export', root, '--output', file, '--force', '--format', 'csv')).toMatchObject({
      code: 0,
    });
    expect(fs.readFileSync(file, 'utf8').split('\r\n')).toHaveLength(7);
    const json = await trefoil('audit', 'export', root, '--output', '-', '--format', 'json');
    expect(JSON.parse(json.out)).toHaveLength(5);
  });

  test('leaves no file of a trail that is not there, and fails where the disk does', async () => {
    expect(await trefoil('audit', 'export', root, '--output', at('out'))).toMatchObject({ code: 66 });
    expect(fs.existsSync(at('out'))).toBe(false);
    new WrittenTrail(root).events(5).close();
    const full = await trefoil('audit', 'export', root, '--output', '/dev/full', '--force');
    expect(full).toMatchObject({ code: 73, err: expect.stringContaining('ENOSPC') });
  });
});

test('tells its version', async () => {
  const { version } = JSON.parse(fs.readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
  expect(await trefoil('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

describe('what is asked for wrongly', () => {
  test.each([
    [['audit', 'verify'], 'directory'],
    [['audit', 'verify', '.', '--no-such-option'], '--no-such-option'],
    [['audit', 'no-such-command'], 'no-such-command'],
    [['audit', 'query', '.', '--event', 'nothing'], 'nothing'],
    [['audit', 'query', '.', '--since', 'yesterday'], '2026-03-01'],
    [['audit', 'query', '.', '--limit', '-1'], 'whole number'],
    [['audit', 'export', '.'], '--output'],
  ])('is said, with exit code 64: %j', async (args, text) => {
    const { code, out, err } = await trefoil(...args);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(text);
  });

  test.each([
    [['audit', 'verify', '/nowhere/at\u001ball'], '/nowhere/at\\u001ball'],
    [['audit', 'verify', __filename], 'ENOTDIR'],
    [['audit', 'verify', '.'], 'no audit trail'],
    [['audit', 'verify', '.', '--public-key', '/nowhere'], '/nowhere'],
    [['audit', 'verify', '.', '--public-key', __filename], 'Ed25519'],
    [['audit', 'verify', '.', '--anchors', '/nowhere'], 'Give a file that `audit.anchors` has written'],
    [['audit', 'verify', '.', '--anchors', __filename], `${__filename}:1`],
    [['audit', 'tail', '/nowhere', '-f'], '/nowhere'],
  ])('and what cannot be read, with 66: %j', async (args, text) => {
    const { code, out, err } = await trefoil(...args);
    expect({ code, out }).toEqual({ code: 66, out: '' });
    expect(err).toContain(text);
    expect(err).not.toMatch(/\n {4}at /);
  });

  test('is easy to put right: every command has help with examples that are options it knows', async () => {
    for (const command of ['verify', 'query', 'tail', 'export', 'keygen']) {
      const { code, out } = await trefoil('audit', command, '--help');
      expect(code).toBe(0);
      const [options = '', examples = ''] = out.split('Examples:');
      for (const [option] of examples.matchAll(/(?<= )--?[a-z-]+/g)) expect(options).toContain(option);
      expect(examples).toContain(`$ trefoil audit ${command}`);
    }
  });
});

describe('a trail that cannot be read as it should', () => {
  test('is told in one line, and none of the verdicts: a file that cannot be opened', async () => {
    const trail = new WrittenTrail(root).events(1).write();
    fs.rmSync(trail.file);
    const socket = createServer().listen(trail.file);
    await once(socket, 'listening');
    for (const command of ['verify', 'query', 'tail']) {
      const { code, err } = await trefoil('audit', command, root);
      expect({ code, lines: err.trimEnd().split('\n').length }).toEqual({ code: 66, lines: 1 });
      expect(err).toMatch(/TREFOIL_AUDIT_TRAIL.*ENXIO/);
    }
    socket.close();
  });

  test('is not waited for: a pipe in the place of a file', async () => {
    const trail = new WrittenTrail(root).events(1).write();
    fs.rmSync(trail.file);
    execFileSync('mkfifo', [trail.file]);
    const { code, out, err } = await trefoil('audit', 'query', root);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('1 lines or files hold no audit records');
    const backend = new FileAuditBackend({ path: root });
    await backend.close();
  });

  test('is told in one line, too, where the output cannot be written', () => {
    new WrittenTrail(root).events(1).write();
    const full = fs.openSync('/dev/full', 'w');
    const { status, stderr } = spawnCli(['audit', 'verify', root], full);
    fs.closeSync(full);
    expect(status).toBe(73);
    expect(stderr).toMatch(/^error: the output cannot be written: ENOSPC[^\n]*\n$/);
  });
});
