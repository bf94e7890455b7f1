import { ExitCode } from './exit-code';

// By itself, node exits with 1 for what nobody has caught, which would say that a trail was tampered with.
process.on('uncaughtException', (error) => {
  process.stderr.write(`internal error: ${error.stack ?? String(error)}\n`);
  process.exit(ExitCode.internal);
});
