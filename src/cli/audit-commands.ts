import { InvalidArgumentError, Option, type Command } from 'commander';
import { AuditEventType } from '../call/event-type';
import { AuditStatus } from '../audit/audit-status';
import { outputFormats } from './event-output';
import { exportEvents } from './export-command';
import { writeKeyPair } from './keygen-command';
import { parseCount, parseTime } from './option-values';
import { queryEvents } from './query-command';
import { tailEvents } from './tail-command';
import { verify } from './verify-command';

/** Adds `trefoil audit …`. Commands are told of their options as commander reads them. */
export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('Verifies and reads an audit trail.');
  addVerify(audit);
  addQuery(audit);
  addTail(audit);
  addExport(audit);
  addKeygen(audit);
}

function addVerify(audit: Command): void {
  audit
    .command('verify <directory>')
    .description('Tells whether a trail is what its writers wrote. Needs no running process; works on a copy, too.')
    .option(
      '--public-key <file>',
      'a trusted key, one of which has to have signed every checkpoint; repeatable',
      collect,
    )
    .option('--anchors <file>', 'anchors that were kept elsewhere, one JSON object per line; repeatable', collect)
    .addOption(new Option('--format <format>', 'how to report').choices(['human', 'json']).default('human'))
    .option('--progress', 'tell on stderr how far it has come')
    .addHelpText(
      'after',
      `
Exits with 0 when the trail is sound to its last record, 1 when it was tampered with, 2 when nothing is wrong but
nothing proves that its end is all there, 3 when segments, writers or events are missing, 4 when nobody
vouches for some records, or directories were set aside, 64 or more when it could not be read.

Examples:
  $ trefoil audit verify var/audit
  $ trefoil audit verify var/audit --public-key audit-key.pub.pem --anchors /mnt/other/anchors.ndjson
  $ trefoil audit verify var/audit --format json | jq .firstBad`,
    )
    .action(verify);
}

function addQuery(audit: Command): void {
  withFilters(audit.command('query <directory>').description('Prints the events of a trail that match.'))
    .option('--offset <count>', 'how many matches to pass over', parseCount)
    .option('--limit <count>', 'how many matches to print at most', parseCount)
    .addOption(new Option('--order <order>', 'oldest or newest first').choices(['asc', 'desc']).default('asc'))
    .addOption(new Option('--format <format>', 'how to print').choices(outputFormats).default('human'))
    .addHelpText(
      'after',
      `
Times are in ISO 8601, or so long ago as in 90s, 15m, 12h or 7d.

Examples:
  $ trefoil audit query var/audit --item order-17
  $ trefoil audit query var/audit --event delete --status denied --since 7d --order desc --limit 20
  $ trefoil audit query var/audit --user u-1 --since 2026-03-01 --until 2026-04-01 --format csv`,
    )
    .action(queryEvents);
}

function addTail(audit: Command): void {
  withFilters(audit.command('tail <directory>').description('Prints the last events of a trail, oldest first.'))
    .option('-n, --lines <count>', 'how many', parseCount, 10)
    .option('-f, --follow', 'go on with new ones, over new files and new writers, until interrupted')
    .addOption(new Option('--format <format>', 'how to print').choices(['human', 'ndjson']).default('human'))
    .addHelpText(
      'after',
      `
Examples:
  $ trefoil audit tail var/audit
  $ trefoil audit tail var/audit -f --status failure
  $ trefoil audit tail var/audit -n 0 -f --format ndjson | jq .item_id`,
    )
    .action(tailEvents);
}

function addExport(audit: Command): void {
  withFilters(audit.command('export <directory>').description('Writes the events of a trail to a file.'))
    .requiredOption('-o, --output <file>', 'the file, readable by its owner only; - for stdout')
    .option('--force', 'replace a file that exists')
    .addOption(new Option('--format <format>', 'what to write').choices(['ndjson', 'json', 'csv']).default('ndjson'))
    .addHelpText(
      'after',
      `
In CSV, a cell that a spreadsheet would take for a formula begins with an apostrophe.

Examples:
  $ trefoil audit export var/audit --output march.csv --format csv --since 2026-03-01 --until 2026-04-01
  $ trefoil audit export var/audit --output - --event delete | gzip > deletions.ndjson.gz`,
    )
    .action(exportEvents);
}

function addKeygen(audit: Command): void {
  audit
    .command('keygen')
    .description('Makes a pair of keys: the private one signs the trail, the public one verifies it.')
    .option('--private-key <file>', 'where to write the private key', 'audit-key.pem')
    .option('--public-key <file>', 'where to write the public key', 'audit-key.pub.pem')
    .addHelpText(
      'after',
      `
The private key is readable by its owner only. A file that exists is never replaced.

Examples:
  $ trefoil audit keygen
  $ trefoil audit keygen --private-key /etc/orders/audit-key.pem --public-key audit-key.pub.pem`,
    )
    .action(writeKeyPair);
}

function withFilters(command: Command): Command {
  return command
    .addOption(new Option('--event <type>', 'only events of this type').choices(Object.values(AuditEventType)))
    .addOption(new Option('--status <status>', 'only events that ended so').choices(Object.values(AuditStatus)))
    .option('--store <name>', 'only events of the store of this name')
    .option('--store-type <type>', 'only events of stores of this type')
    .option('--store-id <id>', 'only events of the store with this id')
    .option('--item <id>', 'only events of this item')
    .option('--user <id>', 'only events of this user')
    .option('--session <id>', 'only events of this session')
    .option('--trace <id>', 'only events of this trace')
    .option('--text <text>', 'only events that hold this text anywhere, in upper or lower case')
    .option('--since <time>', 'only events from this time on', parseTime)
    .option('--until <time>', 'only events before this time', parseTime);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  if (value === '') throw new InvalidArgumentError('Expected a file.');
  return [...before, value];
}
