import { describeErrorPath, type TrefoilError, type TrefoilErrorCode } from '../errors';

/** Something that is not as it should be. */
export interface Problem {
  readonly code: TrefoilErrorCode;
  readonly where: string;
  readonly message: string;
  /** It may well be what is wanted, and `verify()` lets it pass: a pillar that the options switch off, for example. */
  readonly isOnPurpose?: true;
}

/** A problem out of an error, whose path says it all. */
export function problemOf(error: TrefoilError): Problem {
  return { code: error.code, where: error.path.where, message: describeErrorPath(error.path) };
}
