import { readFile } from 'node:fs/promises';
import { readAnchors, type TrailAnchor } from '../audit/journal/read-anchors';
import type { QuarantinedWriter, TrailFault, TrailReport, WriterReport } from '../audit/journal/trail-report';
import { verifyTrail, type VerifyProgress } from '../audit/journal/verify-trail';
import { escapeJson, escapeText } from '../redaction/escape-text';
import { CommandError, ExitCode } from './exit-code';

interface VerifyOptions {
  readonly publicKey?: readonly string[];
  readonly anchors?: readonly string[];
  readonly format: 'human' | 'json';
  readonly progress?: boolean;
}

export async function verify(directory: string, options: VerifyOptions): Promise<void> {
  const publicKey = await Promise.all((options.publicKey ?? []).map(readKey));
  const onProgress = options.progress === true ? { onProgress: progressPrinter() } : {};
  const report = await verifyTrail(directory, { publicKey, anchors: anchorsOf(options.anchors ?? []), ...onProgress });
  if (report.writers.length + report.faults.length + report.quarantined.length === 0) {
    throw new CommandError(ExitCode.noInput, `${directory} holds no audit trail: there is no directory of a writer`);
  }
  process.stdout.write(
    options.format === 'json' ? `${escapeJson(JSON.stringify(report, null, 2))}\n` : describeReport(report),
  );
  process.exitCode = ExitCode[report.verdict];
}

async function* anchorsOf(files: readonly string[]): AsyncGenerator<TrailAnchor> {
  for (const file of files) yield* readAnchors(file);
}

function readKey(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandError(ExitCode.noInput, `the public key cannot be read: ${error.message}`);
  });
}

function progressPrinter(): (progress: VerifyProgress) => void {
  let next = 0;
  return ({ records, bytes }) => {
    if (performance.now() < next) return;
    next = performance.now() + 1_000;
    process.stderr.write(`${records} records, ${(bytes / 2 ** 20).toFixed(0)} MiB\n`);
  };
}

const verdicts: Readonly<Record<TrailReport['verdict'], string>> = {
  sound: 'sound: everything is there and as it was written, to the last record',
  unanchored: 'sound as far as can be told: no anchor vouches for the end of the trail',
  unwitnessed: 'nothing contradicts it, but nobody vouches for some of it',
  missing: 'files or events are missing',
  tampered: 'TAMPERED WITH',
};

function describeReport(report: TrailReport): string {
  const { verdict, writers, faults, quarantined, records, anchoredThrough } = report;
  const until = anchoredThrough === undefined ? '' : `; all of them anchored until ${anchoredThrough}`;
  const lines = [
    verdicts[verdict],
    ...faults.map(describeFault),
    `${count(records, 'record')} of ${count(writers.length, 'writer')}${until}`,
    ...writers.map(describeWriter),
    ...quarantined.map(describeQuarantined),
  ];
  return `${lines.map(escapeText).join('\n')}\n`;
}

function describeFault({ class: kind, file, line, seq, message }: TrailFault): string {
  const place = line === 0 ? file : `${file}:${line}`;
  return `  ${kind} at ${place}${seq === 0 ? '' : ` (record ${seq})`}: ${message}`;
}

function describeWriter(writer: WriterReport): string {
  const { firstSeq, lastSeq, segments, from = 'never', to = 'never', anchoredThrough, signedThrough } = writer;
  const { unwitnessed, unwitnessedFrom, splitAt } = writer;
  const notes = [
    howFar('anchored', anchoredThrough, lastSeq),
    howFar('signed', signedThrough, lastSeq),
    ...(unwitnessed === 0 ? [] : [`${count(unwitnessed, 'record')} unwitnessed, from record ${unwitnessedFrom} on`]),
    ...(splitAt === undefined ? [] : [`split after record ${splitAt}: it went on after it had been taken for dead`]),
    ...(writer.lost === 0 ? [] : [`${count(writer.lost, 'event')} lost, as it says itself`]),
    ...(writer.clockSteps === 0 ? [] : [`clock went back ${count(writer.clockSteps, 'time')}`]),
    ...(writer.unfinishedBytes === 0 ? [] : [`${count(writer.unfinishedBytes, 'byte')} of an unfinished line`]),
  ];
  const range = `records ${firstSeq} to ${lastSeq} in ${count(segments, 'segment')}, ${from} to ${to}`;
  return `  ${writer.writer} ${writer.state}: ${range}; ${notes.join(', ')}`;
}

function describeQuarantined({ path, records }: QuarantinedWriter): string {
  return `  ${path} set aside: ${count(records, 'record')} that no trusted key has signed, no part of the trail`;
}

function howFar(done: string, through: number, last: number): string {
  if (through === 0) return `not ${done}`;
  return through === last ? done : `${done} through ${through}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
