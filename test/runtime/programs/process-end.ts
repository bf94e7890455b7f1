import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { container } from 'tsyringe';
import { AUDIT_BACKEND, Audited, initializeObservability } from '../../../src/index';
import { RecordingAudit } from '../recording-audit';

/** Says how the process is to end; `program <scenario>`. */
const scenario = process.argv[2];

class TellingAudit extends RecordingAudit {
  override async flush(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    say(`flushed ${this.items.join(' ')}`);
    if (scenario === 'hanging') await new Promise(() => undefined);
  }

  override async close(): Promise<void> {
    say('closed');
  }
}

class Orders {
  @Audited({ event: 'read', item: (id: string) => id })
  get(id: string): string {
    return id;
  }

  @Audited({ event: 'read', item: (id: string) => id })
  open<Stream>(_id: string, stream: Stream): Stream {
    return stream;
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** An application that leaves on its own terms: it finishes its work first. */
function leaveAfterWork(alive: NodeJS.Timeout): void {
  say('the application drains');
  setTimeout(() => {
    new Orders().get('drained');
    clearInterval(alive);
  }, 50);
}

const alive = setInterval(() => undefined, 1_000);
// Before trefoil's own listener; Node removes it before it calls it.
if (scenario === 'listening once') process.once('SIGTERM', () => leaveAfterWork(alive));
container.register(AUDIT_BACKEND, { useClass: TellingAudit });
const trefoil = initializeObservability({
  metrics: { backend: 'memory' },
  logging: { level: 'silent' },
  // Of unread streams, the process must not wait for the longer one either.
  shutdownTimeoutMs: scenario === 'hanging' ? 100 : scenario === 'unread' ? 3_600_000 : 5_000,
  signals: scenario !== 'off',
});
if (scenario === 'listening') process.on('SIGTERM', () => leaveAfterWork(alive));
if (scenario === 'two') {
  const child = container.createChildContainer();
  child.register(AUDIT_BACKEND, { useClass: TellingAudit });
  initializeObservability({ metrics: { backend: 'memory' }, logging: { level: 'silent' } }, child);
  child.resolve(Orders).get('child');
}
if (scenario === 'signal-exit') {
  const { onExit } = require('signal-exit') as { onExit(listener: () => void): void };
  onExit(() => say('signal-exit'));
}
if (scenario === 'another copy') {
  // The built package beside the sources: two copies of trefoil, as two versions in one application would be.
  const copy = require('trefoil') as { initializeObservability: typeof initializeObservability };
  copy.initializeObservability(
    { metrics: { backend: 'memory' }, logging: { level: 'silent' } },
    container.createChildContainer(),
  );
}
new Orders().get('first');
if (scenario === 'empty') clearInterval(alive);
if (scenario === 'unread') {
  new Orders().open('web', new ReadableStream());
  new Orders().open('node', Readable.from(['a']));
  clearInterval(alive);
}
if (scenario === 'shut down') {
  clearInterval(alive);
  process.once('exit', () => say('exit'));
  void trefoil.shutdown();
}
say('ready');
