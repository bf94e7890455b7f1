import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { WinstonLogger, type LogRotationOptions } from '../../src/index';
import { LogRotation } from '../../src/logging/log-rotation';
import { compileProgram } from '../runtime/run-program';

const directory = fs.mkdtempSync(join(tmpdir(), 'trefoil-rotation-'));
let files = 0;

afterAll(() => fs.rmSync(directory, { recursive: true }));

function open(rotation?: LogRotationOptions): { logger: WinstonLogger; path: string; errors: unknown[] } {
  files += 1;
  const path = join(directory, String(files), 'app.log');
  const errors: unknown[] = [];
  const onWriteError = (error: unknown): void => void errors.push(error);
  const settings = rotation === undefined ? {} : { rotation };
  return {
    logger: new WinstonLogger({ service: 's', environment: 'e', path, onWriteError, ...settings }),
    path,
    errors,
  };
}

/** The files that hold lines of a path, oldest first, the one that is being written to last. */
function filesOf(path: string): string[] {
  const names = fs.readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  const aside = names.filter((name) => name !== basename(path)).sort();
  return [...aside, ...names.filter((name) => name === basename(path))].map((name) => join(dirname(path), name));
}

function linesOf(file: string): { index: number; writer?: string }[] {
  const bytes = fs.readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { index: number; writer?: string });
}

const indexesOf = (path: string): number[] =>
  filesOf(path)
    .flatMap(linesOf)
    .map(({ index }) => index);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('rotation by size', () => {
  test('loses and cuts no line, and keeps files within their size', async () => {
    const { logger, path, errors } = open({ maxFileSizeMb: 0.01, maxFiles: 100 });
    for (let index = 0; index < 2_000; index += 1) logger.info('line', { index });
    expect(indexesOf(path)).toEqual(upTo(2_000));
    expect(filesOf(path).length).toBeGreaterThan(15);
    for (const file of filesOf(path)) {
      expect(fs.statSync(file).size).toBeLessThanOrEqual(10_000);
      expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(errors).toEqual([]);
    await logger.close();
  });

  test('keeps so many files, and leaves those of others alone', async () => {
    const { logger, path } = open({ maxFileSizeMb: 0.01, maxFiles: 3 });
    const foreign = ['app.log.1', 'app.log.20261120T000000000Z-xyz', 'app.logs', 'app.log.bak'];
    for (const name of foreign) fs.writeFileSync(join(dirname(path), name), '');
    for (let index = 0; index < 1_000; index += 1) logger.info('line', { index });
    await logger.close();
    for (const name of foreign) fs.rmSync(join(dirname(path), name));
    expect(filesOf(path)).toHaveLength(4);
    const kept = indexesOf(path);
    expect(kept).toEqual(upTo(1_000).slice(-kept.length));
  });

  test('writes a line that is larger than a file may be all the same', async () => {
    const { logger, path } = open({ maxFileSizeMb: 0.001 });
    for (let index = 0; index < 3; index += 1) logger.info('x'.repeat(5_000), { index });
    expect(indexesOf(path)).toEqual([0, 1, 2]);
    await logger.close();
  });

  test('goes on writing where the directory cannot be written to, and tells', async () => {
    const { logger, path, errors } = open({ maxFileSizeMb: 0.001 });
    const rename = jest.spyOn(fs, 'renameSync').mockImplementation(() => {
      throw Object.assign(new Error('EACCES: permission denied, rename'), { code: 'EACCES' });
    });
    try {
      for (let index = 0; index < 100; index += 1) logger.info('line', { index });
    } finally {
      rename.mockRestore();
    }
    expect(indexesOf(path)).toEqual(upTo(100));
    expect(errors).toMatchObject([{ code: 'EACCES' }]);
    await logger.close();
  });

  test('puts the file aside that a link leads to, and leaves the link', async () => {
    files += 1;
    const folder = join(directory, String(files));
    fs.mkdirSync(folder);
    const link = join(folder, 'link.log');
    fs.symlinkSync(join(folder, 'app.log'), link);
    const rotation = { maxFileSizeMb: 0.01 };
    const logger = new WinstonLogger({ service: 's', environment: 'e', path: link, rotation });
    for (let index = 0; index < 200; index += 1) logger.info('line', { index });
    await logger.close();
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(indexesOf(join(folder, 'app.log'))).toEqual(upTo(200));
  });
});

test('rotation by day begins a file where the last line is of another day', async () => {
  const { logger, path } = open({ daily: true });
  logger.info('line', { index: 0 });
  await logger.close();
  const yesterday = new Date(Date.now() - 86_400_000);
  fs.utimesSync(path, yesterday, yesterday);
  const next = new WinstonLogger({ service: 's', environment: 'e', path, rotation: { daily: true } });
  next.info('line', { index: 1 });
  next.info('line', { index: 2 });
  await next.close();
  expect(filesOf(path).map((file) => linesOf(file).map(({ index }) => index))).toEqual([[0], [1, 2]]);
});

test('what was put aside is compressed, whole', async () => {
  const { logger, path } = open({ maxFileSizeMb: 0.01, compress: true });
  for (let index = 0; index < 150; index += 1) logger.info('line', { index });
  const [aside] = filesOf(path);
  const compressed = new Promise<void>((resolve) => {
    const watcher = fs.watch(dirname(path), () => {
      const isDone = filesOf(path).every((file) => file === path || file.endsWith('.gz'));
      if (!isDone) return;
      watcher.close();
      resolve();
    });
  });
  // As if it had been there for a while.
  const before = new Date(Date.now() - 5_000);
  fs.utimesSync(aside as string, before, before);
  await compressed;
  await logger.flush();
  expect(indexesOf(path)).toEqual(upTo(150));
  for (const file of filesOf(path)) expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  await logger.close();
});

test('what another process has removed meanwhile keeps nothing else from being compressed, and is no error', async () => {
  const { logger, path, errors } = open({ maxFileSizeMb: 0.01, compress: true });
  // It is listed, but not there.
  fs.symlinkSync(join(dirname(path), 'removed'), `${path}.20200101T000000000Z-00000000`);
  const compressed = new Promise<void>((resolve) => {
    const watcher = fs.watch(dirname(path), (_event, name) => {
      if (name?.endsWith('Z-00000000') === true || name?.endsWith('.gz') !== true) return;
      watcher.close();
      resolve();
    });
  });
  for (let index = 0; index < 150; index += 1) logger.info('line', { index });
  const before = new Date(Date.now() - 5_000);
  for (const name of fs.readdirSync(dirname(path))) {
    if (/Z-[0-9a-f]{8}$/.test(name) && fs.existsSync(join(dirname(path), name))) {
      fs.utimesSync(join(dirname(path), name), before, before);
    }
  }
  await compressed;
  await logger.close();
  expect(errors).toEqual([]);
});

test('files that are put aside in one millisecond sort in their order', () => {
  const path = join(directory, 'same-millisecond.log');
  const rotation = new LogRotation(path, { maxFiles: 100 }, () => undefined);
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.UTC(2026, 0, 1));
  try {
    for (const index of upTo(20)) {
      fs.writeFileSync(path, `{"index":${index}}\n`);
      rotation.rotate();
    }
  } finally {
    clock.mockRestore();
  }
  expect(indexesOf(path)).toEqual(upTo(20));
});

describe('a file that others rotate', () => {
  /** How long it takes at most until it is looked where the path leads. */
  const look = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25));

  test('is begun anew where it was renamed', async () => {
    const { logger, path } = open();
    logger.info('line', { index: 0 });
    fs.renameSync(path, `${path}.1`);
    await look();
    logger.info('line', { index: 1 });
    expect(linesOf(`${path}.1`)).toMatchObject([{ index: 0 }]);
    expect(linesOf(path)).toMatchObject([{ index: 1 }]);
    await logger.close();
  });

  test('is begun anew where it was removed, with its directory', async () => {
    const { logger, path } = open();
    logger.info('line', { index: 0 });
    fs.rmSync(dirname(path), { recursive: true });
    await look();
    logger.info('line', { index: 1 });
    expect(linesOf(path)).toMatchObject([{ index: 1 }]);
    await logger.close();
  });

  test('is written on at its beginning where it was copied and truncated', async () => {
    const { logger, path } = open();
    logger.info('line', { index: 0 });
    fs.copyFileSync(path, `${path}.1`);
    fs.truncateSync(path);
    logger.info('line', { index: 1 });
    expect(linesOf(path)).toMatchObject([{ index: 1 }]);
    await logger.close();
  });

  test('does not follow a link that is put in its place: lines wait for the file', async () => {
    const { logger, path, errors } = open();
    const elsewhere = join(dirname(path), 'elsewhere');
    fs.writeFileSync(elsewhere, '');
    logger.info('line', { index: 0 });
    fs.renameSync(path, `${path}.1`);
    fs.symlinkSync(elsewhere, path);
    await look();
    logger.info('line', { index: 1 });
    expect(fs.readFileSync(elsewhere, 'utf8')).toBe('');
    expect(errors).toMatchObject([{ code: 'ELOOP' }]);
    expect(logger.exportHealth()).toMatchObject([{ queueDepth: 1, failures: 1 }]);
    fs.unlinkSync(path);
    await logger.flush();
    expect(linesOf(path)).toMatchObject([{ index: 1 }]);
    expect(logger.exportHealth()).toMatchObject([{ exported: 2, queueDepth: 0, lastError: undefined }]);
    await logger.close();
  });
});

test('a pipe that somebody reads gets nothing in the place of a file', async () => {
  const { logger, path, errors } = open();
  fs.renameSync(path, `${path}.1`);
  execFileSync('mkfifo', [path]);
  const reader = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  await new Promise((resolve) => setTimeout(resolve, 25));
  logger.info('line', { index: 0 });
  expect(fs.readSync(reader, Buffer.alloc(100))).toBe(0);
  expect(errors).toMatchObject([{ message: expect.stringContaining('no file any more') as string }]);
  fs.closeSync(reader);
  fs.unlinkSync(path);
  await logger.flush();
  expect(linesOf(path)).toMatchObject([{ index: 0 }]);
  await logger.close();
});

test('a pipe that is put in the place of a file keeps no writer waiting: lines wait for the file', () => {
  const program = compileProgram('pipe-in-place', { programs: join(__dirname, 'programs') });
  const path = join(program.folder, 'app.log');
  const told = execFileSync(process.execPath, [program.file, path], { encoding: 'utf8', timeout: 20_000 });
  expect(JSON.parse(told)).toMatchObject({ waited: 1, text: expect.stringContaining('meanwhile') as string });
  program.remove();
});

test('half a line at the end of a file does not take the first one with it', async () => {
  const path = join(directory, 'half.log');
  fs.writeFileSync(path, '{"index":0}\n{"ind');
  for (const index of [1, 2]) {
    const logger = new WinstonLogger({ service: 's', environment: 'e', path });
    logger.info('line', { index });
    await logger.close();
  }
  const lines = fs.readFileSync(path, 'utf8').split('\n');
  expect(lines[1]).toBe('{"ind');
  expect([lines[2], lines[3]].map((line) => JSON.parse(line as string) as object)).toMatchObject([
    { index: 1 },
    { index: 2 },
  ]);
  expect(lines).toHaveLength(5);
});

test('several processes write to one path and rotate it: each line is there once, and whole', async () => {
  const program = compileProgram('rotating', { programs: join(__dirname, 'programs') });
  const path = join(program.folder, 'logs', 'app.log');
  const writers = ['a', 'b', 'c'];
  const ended = writers.map(
    (writer) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [program.file, path, writer], { stdio: ['ignore', 'ignore', 'inherit'] });
        child.on('close', resolve);
      }),
  );
  expect(await Promise.all(ended)).toEqual([0, 0, 0]);
  const lines = filesOf(path).flatMap(linesOf);
  for (const writer of writers) {
    const indexes = lines.filter((line) => line.writer === writer).map(({ index }) => index);
    expect(indexes.sort((a, b) => a - b)).toEqual(upTo(3_000));
  }
  expect(filesOf(path).length).toBeGreaterThan(10);
  program.remove();
});
