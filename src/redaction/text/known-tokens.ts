import { isInRun } from './characters';

/** A token that is known by how it begins: what has to follow, in all. */
interface TokenForm {
  readonly prefix: RegExp;
  readonly minLength: number;
  readonly looksLike: RegExp;
}

const mixed = /^(?=[^]*\d)(?=[^]*[A-Za-z])/;
const form = (prefix: RegExp, minLength: number, looksLike: RegExp = mixed): TokenForm => ({
  prefix,
  minLength,
  looksLike,
});

/** As their issuers document them, or their tools check them. */
const forms: readonly TokenForm[] = [
  form(/^gh[opusr]_/, 40),
  form(/^github_pat_/, 33),
  form(/^xox[a-z]-|^xapp-/, 20),
  form(/^[sr]k_(?:live|test)_|^whsec_/, 20),
  form(/^sk-/, 24, /^(?=[^]*\d)(?=[^]*[A-Z])/),
  form(/^AIza/, 39),
  form(/^ya29\.|^GOCSPX-/, 28),
  form(/^A[KS]IA/, 20, /^A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9_])/),
  form(/^gl(?:pat|ptt|dt|rt|cbt|ft|soat|imt|agent|oas)-/, 24),
  form(/^npm_/, 40),
  form(/^pypi-|^SG\.|^hv[sb]\.|^dckr_pat_|^hf_|^lin_api_|^figd_/, 28),
  form(/^do[opr]_v1_|^shp(?:at|ca|pa|ss)_/, 36),
];

const starts =
  /eyJ|(?<![A-Za-z0-9])(?:gh[opusr]_|github_pat_|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|whsec_|sk-|AIza|ya29\.|GOCSPX-|A[KS]IA|gl(?:pat|ptt|dt|rt|cbt|ft|soat|imt|agent|oas)-|npm_|pypi-|SG\.|hv[sb]\.|dckr_pat_|hf_|lin_api_|figd_|do[opr]_v1_|shp(?:at|ca|pa|ss)_)/g;

/** Shorter runs of letters, digits, dots and hyphens hold no token. */
export const minTokenLength = 20;
/** A run in which so many tokens begin and none is whole was made to be looked at for long; it goes. */
const maxBeginnings = 4;

const formsByPrefix = new Map<string, TokenForm | undefined>();

/** Where in a text something begins that may be a token; -1 where nothing does. */
export function tokenBeginning(text: string): number {
  starts.lastIndex = 0;
  return starts.exec(text)?.index ?? -1;
}

/** A text without the tokens that are known by their form: those of code hosts, clouds and payments, and JWTs. */
export function redactTokens(text: string, replacement: string): string {
  let clean = '';
  let from = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && isInRun(text.charCodeAt(at))) continue;
    if (at - start >= minTokenLength) {
      const run = text.slice(start, at);
      const begin = secretIn(run);
      if (begin !== -1) {
        clean += text.slice(from, start + begin) + replacement;
        from = start + endOf(run);
      }
    }
    start = at + 1;
  }
  return from === 0 ? text : clean + text.slice(from);
}

/** A dot behind it ends the sentence. */
function endOf(run: string): number {
  let end = run.length;
  while (run[end - 1] === '.') end -= 1;
  return end;
}

function secretIn(run: string): number {
  let first = -1;
  starts.lastIndex = 0;
  for (let count = 0, match = starts.exec(run); match !== null; match = starts.exec(run), count += 1) {
    if (count === 0) first = match.index;
    if (count >= maxBeginnings) return first;
    if (isToken(run, match.index, match[0])) return match.index;
  }
  return -1;
}

function isToken(run: string, at: number, prefix: string): boolean {
  if (prefix === 'eyJ') {
    const dot = run.indexOf('.', at);
    return dot !== -1 && run.lastIndexOf('.') > dot + 1;
  }
  const known = formOf(prefix);
  return known !== undefined && run.length - at >= known.minLength && known.looksLike.test(run.slice(at));
}

/** There are few prefixes, as the pattern for them has no part that repeats. */
function formOf(prefix: string): TokenForm | undefined {
  let known = formsByPrefix.get(prefix);
  if (known === undefined && !formsByPrefix.has(prefix)) {
    known = forms.find((each) => each.prefix.test(prefix));
    formsByPrefix.set(prefix, known);
  }
  return known;
}
