// Checks the subjects of the commits that this clone has, be it a shallow one: npm run check:commits.
import { spawnSync } from 'node:child_process';

const longest = 72;
/** The last commit with a longer subject. A clone without it has only later ones. */
const last = 'eade053e51486d60bf48cd570e28724f47d782b6';

const isHere = git('merge-base', '--is-ancestor', last, 'HEAD').status === 0;
const log = git('log', '--no-merges', '--format=%h %s', isHere ? `${last}..HEAD` : 'HEAD');
if (log.status !== 0) {
  console.log('Nothing to check: this is no clone.');
} else {
  const commits = log.stdout.split('\n').filter(Boolean);
  const tooLong = commits.filter((commit) => [...commit.slice(commit.indexOf(' ') + 1)].length > longest);
  for (const commit of tooLong) console.error(`The subject has more than ${longest} characters: ${commit}`);
  console.log(`${commits.length} commits, ${tooLong.length} with too long a subject`);
  process.exitCode = tooLong.length > 0 ? 1 : 0;
}

function git(...args) {
  return spawnSync('git', args, { encoding: 'utf8' });
}
