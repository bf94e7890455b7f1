import type { SecretNames } from './secret-names';
import type { TextPatterns } from './text-patterns';

/** What is a secret, and what is put in its place. */
export interface SecretRules {
  readonly names: SecretNames;
  readonly replacement: string;
  /** The user's own. */
  readonly patterns?: TextPatterns | undefined;
}
