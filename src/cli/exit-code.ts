/** What the command line exits with. Verdicts are below 64; above it are the codes of `sysexits.h`. */
export const ExitCode = {
  sound: 0,
  tampered: 1,
  unanchored: 2,
  missing: 3,
  unwitnessed: 4,
  /** A command, option or value that does not exist. */
  usage: 64,
  /** What was asked for is not there or may not be read. */
  noInput: 66,
  /** A defect of the command line itself. */
  internal: 70,
  /** A file cannot be written, or exists already. */
  cannotCreate: 73,
} as const;

/** Ends a command with a message and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
