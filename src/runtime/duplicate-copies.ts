import { copiesInUse } from '../call/loaded-copies';
import { TrefoilError } from '../errors';

const listedAtMost = 10;

/** The copies of trefoil that are in use, if they are more than one. */
export function findDuplicateCopies(): TrefoilError | undefined {
  const { own, others } = copiesInUse();
  if (others.length === 0) return undefined;
  const lost = others.flatMap(({ decorated }) => decorated);
  const more = lost.length > listedAtMost ? ` and ${lost.length - listedAtMost} more` : '';
  const names = lost.length === 0 ? 'what it decorates' : `${lost.slice(0, listedAtMost).join(', ')}${more}`;
  return new TrefoilError('TREFOIL_DUPLICATED', {
    attempted: 'Looking for trefoil',
    where: [own, ...others.map(({ location }) => location)].join(' and '),
    why: `another copy decorates calls that this runtime does not record, whatever their delivery: ${names}`,
    expected: 'one copy of trefoil in the process',
    given: `${others.length + 1} copies`,
    todo: 'Run: npm ls trefoil, then npm dedupe, and make trefoil a peer dependency of packages that decorate with it.',
  });
}
