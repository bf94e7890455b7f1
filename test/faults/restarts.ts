import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, type Bar, type Ground } from './bar';
import { judge } from './judge';
import { reopenTrail } from './reopen-trail';
import { startWriter, until } from './run-writer';

const restartCount = 200;
/** So many full files' worth of bytes. */
const maxFiles = 6;
const maxFileSizeMb = 0.005;
/** A file ends with the record that goes over its limit, and a seal. */
const overshoot = 3_000;

/** One process after the other in one root, some of them killed: the limits of the root are kept all the same. */
export async function* restarts(ground: Ground): AsyncGenerator<Bar> {
  const root = join(ground.folder, 'trail');
  rmSync(root, { recursive: true, force: true });
  const violations: string[] = [];
  const largest = { files: 0, bytes: 0, directories: 0 };
  for (let restart = 1; restart <= restartCount * ground.times; restart += 1) {
    const isKilled = restart % 4 === 0;
    const plan = { dist: ground.dist, root, name: `restart${restart}`, writers: 2, maxFiles, maxFileSizeMb };
    const writer = startWriter({ ...plan, calls: isKilled ? undefined : 4 });
    if (isKilled) {
      await until(writer, (reports) => reports.length > 8);
      writer.child.kill('SIGKILL');
    }
    const { reports, complaints } = await writer.done;
    if (!isKilled && reports.at(-1)?.is !== 'closed')
      violations.push(`restart ${restart}: did not close: ${complaints}`);
    const { files, bytes, directories } = measure(root);
    // What has been finished since is removed by the next beginning of a file; who is killed may not have got to it.
    const most = (maxFiles + (isKilled ? 2 : 1)) * (maxFileSizeMb * 1_000_000 + overshoot);
    if (bytes > most) violations.push(`restart ${restart}: ${bytes} bytes`);
    if (directories > files + 1) violations.push(`restart ${restart}: ${directories} directories for ${files} files`);
    largest.files = Math.max(largest.files, files);
    largest.bytes = Math.max(largest.bytes, bytes);
    largest.directories = Math.max(largest.directories, directories);
    if (restart < restartCount * ground.times) continue;
    const trail = await reopenTrail(ground.dist, root);
    violations.push(...trail.contradictions, ...judge(reports, trail, isKilled));
  }
  const detail = `${restartCount * ground.times} restarts, at most ${largest.bytes} bytes in ${largest.files} files and ${largest.directories} directories`;
  yield barOf('limits', true, detail, violations);
}

function measure(root: string): { files: number; bytes: number; directories: number } {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter(({ name }) => name.endsWith('.ndjson'));
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return { files: files.length, bytes, directories: entries.filter((entry) => entry.isDirectory()).length };
}
