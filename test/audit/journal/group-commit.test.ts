import { GroupCommit } from '../../../src/audit/journal/group-commit';

/** A disk that never answers. */
function commitOf(maxWaitMs: number): GroupCommit {
  return new GroupCommit({ sync: () => undefined, maxWaitMs, timeoutError: () => new Error('too late') });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a caller that waits for the disk', () => {
  afterEach(() => jest.restoreAllMocks());

  it('is told when it has waited long enough, also where the clock was put back meanwhile', async () => {
    const commit = commitOf(20);
    const waiting = commit.wait(1);
    const anHourAgo = Date.now() - 3_600_000;
    jest.spyOn(Date, 'now').mockReturnValue(anHourAgo);
    await expect(waiting).rejects.toThrow('too late');
    commit.stop();
  });

  it('may wait without any limit, also for its turn', async () => {
    const commit = commitOf(Number.POSITIVE_INFINITY);
    const first = commit.wait(1);
    const turn = commit.room();
    await pause(20);
    commit.settle(1);
    await expect(Promise.all([first, turn])).resolves.toEqual([undefined, undefined]);
    commit.stop();
  });
});
