// Two installed copies of the packed package in one process.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Consumer } from './consumer';

let consumer: Consumer;
let library: string;

beforeAll(async () => {
  ({ consumer } = await Consumer.install('@opentelemetry/api@1.9.1', 'tsyringe@4.10.0', 'reflect-metadata@0.2.2'));
  library = join(consumer.folder, 'node_modules', 'library');
  mkdirSync(library);
  cpSync(join(consumer.folder, 'node_modules/trefoil'), join(library, 'node_modules/trefoil'), { recursive: true });
  writeFileSync(join(library, 'package.json'), '{ "name": "library", "version": "1.0.0", "main": "index.js" }\n');
  writeFileSync(
    join(library, 'index.js'),
    `const { Observed } = require('trefoil');
     class LibraryStore {
       get(id) {
         return id;
       }
     }
     Observed()(LibraryStore);
     module.exports = { LibraryStore };`,
  );
}, 300_000);
afterAll(() => consumer.remove());

const start = `
  require('reflect-metadata');
  const { initializeObservability, Observed } = require('trefoil');
  const told = [];
  console.error = (text) => told.push(text);
  const start = () => initializeObservability({
    audit: { backend: 'memory', delivery: 'bestEffort' }, metrics: { port: false }, logging: { level: 'silent' }, signals: false,
  });
  const show = (trefoil) => {
    let verified = 'passed';
    try { trefoil.verify(); } catch (error) { verified = error.message; }
    const { problems } = trefoil.describe();
    console.log(JSON.stringify({
      problems: problems.filter(({ code }) => code === 'TREFOIL_DUPLICATED').map(({ where, message }) => where + ' ' + message),
      verified: verified.includes('TREFOIL_DUPLICATED'),
      reports: trefoil.status().reports.TREFOIL_DUPLICATED ?? 0,
      told: told.filter((text) => text.includes('TREFOIL_DUPLICATED')).length,
      events: trefoil.audit.getAll().length,
    }));
  };
`;

interface Seen {
  readonly problems: readonly string[];
  readonly verified: boolean;
  readonly reports: number;
  readonly told: number;
  readonly events: number;
}

describe('two copies of trefoil', () => {
  const places = (): string[] => [join(consumer.folder, 'node_modules/trefoil'), join(library, 'node_modules/trefoil')];

  it('are told with both places and what goes unrecorded, also on a silent logger', async () => {
    const seen = (await consumer.run(
      `${start} const { LibraryStore } = require('library'); const trefoil = start(); new LibraryStore().get('1'); show(trefoil); trefoil.shutdown();`,
    )) as Seen;
    expect(seen).toMatchObject({ verified: true, reports: 1, told: 1, events: 0 });
    expect(seen.problems).toHaveLength(1);
    for (const place of places()) expect(seen.problems[0]).toContain(place);
    expect(seen.problems[0]).toContain('LibraryStore.get');
  });

  it('are told when the other one comes into use after the start', async () => {
    const seen = (await consumer.run(
      `${start} const trefoil = start(); require('library'); show(trefoil); trefoil.shutdown();`,
    )) as Seen;
    expect(seen).toMatchObject({ verified: true, reports: 1, told: 1 });
    expect(seen.problems[0]).toContain('LibraryStore.get');
  });

  it('are none where the other is merely imported, or the same one is both required and imported', async () => {
    const seen = (await consumer.run(
      `${start}
       require(${JSON.stringify('./node_modules/library/node_modules/trefoil')});
       import('trefoil').then(({ Observed: imported }) => {
         class OwnStore { get() {} }
         imported()(OwnStore);
         class OtherStore { get() {} }
         Observed()(OtherStore);
         const trefoil = start();
         new OwnStore().get();
         new OtherStore().get();
         show(trefoil);
         trefoil.shutdown();
       });`,
    )) as Seen;
    expect(seen).toMatchObject({ problems: [], reports: 0, told: 0, events: 2 });
  });
});
