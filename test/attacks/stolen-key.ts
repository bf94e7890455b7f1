import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SigningKey } from '../../src/audit/journal/signing-key';
import { barOf, type Bar, type Ground } from '../faults/bar';
import { ForgedChain } from './forged-chain';
import { WitnessedTrail } from './witnessed-trail';

/** Who holds the key, and not the anchors, puts a trail of his own in the place of the real one. */
export async function* stolenKey(ground: Ground): AsyncGenerator<Bar> {
  const trail = new WitnessedTrail(ground, 'stolen');
  await trail.write('real', 20);
  const key = SigningKey.read(trail.key);
  const [writer = ''] = trail.writers();
  rmSync(join(trail.root, writer), { recursive: true });
  new ForgedChain(trail.root, writer, trail.publicKey).checkpoint(key).events(20).seal(key).writeTo('');
  const [both, keyAlone] = [await trail.verify(), await trail.verify({ hasAnchors: false })];
  const violations = both.verdict === 'tampered' ? [] : [`verify says ${both.verdict}`];
  // Otherwise it would be something else that is noticed.
  if (keyAlone.verdict !== 'unanchored') violations.push(`without anchors, verify says ${keyAlone.verdict}`);
  yield barOf('a trail written anew', true, `verdict ${both.verdict}, ${keyAlone.verdict} without anchors`, violations);
}
