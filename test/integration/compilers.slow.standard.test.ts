// One program, through every compiler that users have, in both decorator dialects, run against the built package.
// The file is named `standard` only so that it runs once: it uses no decorators itself.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = join(__dirname, '../..');
const fixtures = join(root, 'test/fixtures/compilers');
const run = promisify(execFile);

type Dialect = 'legacy' | 'standard';
type Compile = (dialect: Dialect, programs: readonly string[], outDir: string) => Promise<void>;

const compilers: Readonly<Record<string, Compile>> = {
  'TypeScript 5.9': typescript('typescript-5.9/lib/tsc.js'),
  'TypeScript 6.0': typescript('typescript/lib/tsc.js'),
  'TypeScript 7.0': typescript('typescript-7/bin/tsc'),
  'esbuild 0.28': esbuild,
};

// Inside of the checkout, so that the package finds itself by its name.
const temporary = join(root, 'var/test-tmp');
let outputs: string;

beforeAll(() => {
  mkdirSync(temporary, { recursive: true });
  outputs = mkdtempSync(join(temporary, 'compilers-'));
});
afterAll(() => rmSync(outputs, { recursive: true, force: true }));

describe.each(Object.keys(compilers))('%s', (compiler) => {
  describe.each<Dialect>(['legacy', 'standard'])('in the %s dialect', (dialect) => {
    const programs = dialect === 'legacy' ? ['program'] : ['program', 'private-methods'];
    const seenBy: Record<string, Record<string, unknown>> = {};

    // The compilers check the package's declarations as well: nothing is skipped.
    beforeAll(async () => {
      const outDir = join(outputs, `${compiler} ${dialect}`);
      await compilers[compiler]?.(dialect, programs, outDir);
      for (const program of programs) seenBy[program] = await output(join(outDir, `${program}.js`));
    }, 120_000);

    const seen = (what: string): unknown => seenBy['program']?.[what];

    it('makes one Call of four decorators: one audit event, one count, one duration, one span, one line', () => {
      expect(seen('sync')).toEqual(
        oneCall('OrderStore.get', 'read success OrderStore orders o-1', { value: 'o-1 of the base' }),
      );
      expect(seen('async')).toEqual(
        oneCall('OrderStore.find', 'read success OrderStore orders undefined', { value: 'o-2 of the base' }),
      );
      expect(seen('saved')).toEqual(
        oneCall('OrderStore.save', 'update success OrderStore orders o-3 saved', { value: { id: 'o-3' } }),
      );
      expect(seen('foreignDecorators')).toBe(0);
    });

    it('makes one Call where the method throws or rejects', () => {
      expect(seen('failed')).toEqual(
        oneCall('OrderStore.throwing', 'error failure OrderStore orders undefined', { value: 'thrown' }),
      );
      expect(seen('rejected')).toEqual(
        oneCall('OrderStore.rejecting', 'error failure OrderStore orders undefined', { value: 'thrown' }),
      );
    });

    it('keeps `this`, results and synchrony', () => {
      expect(seen('keepsThis')).toBe(true);
      expect(seen('isSync')).toBe(true);
      expect(seen('isPromise')).toBe(true);
    });

    it('throws the very thing, an Error, a text, null or undefined, and when the method would have', () => {
      const times = (what: string): string[] => [what, what, what, what];
      expect(seen('throwing')).toEqual(times('the same, at once'));
      expect(seen('rejecting')).toEqual(times('the same, later'));
      expect(seen('throwingInsteadOfRejecting')).toEqual(times('the same, at once'));
    });

    it('reports a forgotten rejection exactly once, and a handled one never', () => {
      expect(seen('forgotten')).toEqual(['forgotten']);
      expect(seen('handled')).toEqual([]);
    });

    it('keeps name, length and flags of the undecorated methods', () => {
      expect(seen('shapes')).toEqual(['get', 'find', 'throwing', 'Symbol(size)', 'create']);
      expect(seen('keepsShape')).toBe(true);
    });

    it('covers static methods and methods named by a symbol', () => {
      expect(seen('static')).toEqual(
        oneCall('OrderStore.create', 'create success OrderStore undefined undefined', { value: 'OrderStore o-4' }),
      );
      expect(seen('symbol')).toEqual(
        oneCall('OrderStore.[Symbol(size)]', 'count success OrderStore orders undefined', { value: 6 }),
      );
    });

    it('nests the call of an overridden method, and calls a merely inherited one once, as the concrete store', () => {
      const inArchive = 'archive.find read success archive undefined undefined';
      expect(seen('super')).toEqual({
        value: 'archived o-5 of the archive',
        audit: [inArchive, inArchive],
        counted: 2,
        timed: 2,
        stores: ['archive'],
        spans: ['archive.find in archive.find', 'archive.find'],
        lines: 2,
        sameIds: true,
      });
      expect(seen('merelyInherited')).toEqual(
        oneCall('inheriting.get', 'read success inheriting undefined o-6', {
          value: 'o-6 of the base',
          stores: ['inheriting'],
        }),
      );
    });

    it('covers a class by @Observed, and leaves what it does not cover as it is', () => {
      expect(seen('observedClass')).toEqual(
        oneCall('ObservedStore.list', 'list success ObservedStore undefined undefined', {
          value: [],
          stores: ['ObservedStore'],
        }),
      );
      expect(seen('leftOut')).toEqual(noCall('has no event type'));
      expect(seen('getter')).toEqual(noCall('label of the base'));
    });

    it('needs no design:paramtypes, which only tsc emits', () => {
      const emits = dialect === 'legacy' && compiler.startsWith('TypeScript');
      expect(seen('metadata')).toBe(emits ? 'object' : 'undefined');
    });

    if (dialect === 'standard') {
      it('covers #private methods', () => {
        expect(seenBy['private-methods']).toEqual({
          value: 'v-1 kept a+b',
          audit: ['vault.#read v-1 vault', 'vault.#join undefined vault'],
          counted: [1, 1],
          spans: ['vault.#read', 'vault.#join'],
        });
      });
    }
  });
});

function oneCall(method: string, event: string, seen: Record<string, unknown>): Record<string, unknown> {
  return {
    audit: [`${method} ${event}`],
    counted: 1,
    timed: 1,
    stores: ['OrderStore'],
    spans: [method],
    lines: 1,
    sameIds: true,
    ...seen,
  };
}

function noCall(value: string): Record<string, unknown> {
  return { value, audit: [], counted: 0, timed: 0, stores: [], spans: [], lines: 0, sameIds: true };
}

async function output(program: string): Promise<Record<string, unknown>> {
  const { stdout } = await run(process.execPath, [program], { cwd: root });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** tsc by its path, strict, with every declaration file checked. */
function typescript(bin: string): Compile {
  return async (dialect, programs, outDir) => {
    const project = join(outDir, 'tsconfig.json');
    const isLegacy = dialect === 'legacy';
    const compilerOptions = {
      target: 'ES2022',
      module: 'NodeNext',
      types: ['node'],
      strict: true,
      skipLibCheck: false,
      noEmitOnError: true,
      rootDir: fixtures,
      outDir,
      experimentalDecorators: isLegacy,
      emitDecoratorMetadata: isLegacy,
    };
    const files = programs.map((program) => join(fixtures, `${program}.ts`));
    mkdirSync(outDir);
    writeFileSync(project, JSON.stringify({ compilerOptions, files }));
    try {
      await run(process.execPath, [join(root, 'node_modules', bin), '-p', project]);
    } catch (error) {
      throw new Error(`${bin} refuses the program:\n${(error as { stdout: string }).stdout}`, { cause: error });
    }
  };
}

async function esbuild(dialect: Dialect, programs: readonly string[], outdir: string): Promise<void> {
  await build({
    entryPoints: programs.map((program) => join(fixtures, `${program}.ts`)),
    outdir,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: dialect === 'legacy', target: 'ES2022' } },
  });
}
