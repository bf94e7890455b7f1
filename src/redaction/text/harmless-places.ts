import { isHarmlessNumber, isHarmlessText } from '../harmless-values';
import { NameTrait, type SecretNames } from '../secret-names';
import { isBlank, isDigit } from './characters';
import { startOfValue } from './value-span';

/** A name with its separator, as it stands in a text. */
export interface NamedPlace {
  readonly text: string;
  readonly name: string;
  /** Where the name begins, its separator, and what follows that. */
  readonly start: number;
  readonly separator: number;
  readonly after: number;
  readonly traits: number;
}

/** How much of a value is looked at. */
const maxLookedAt = 80;
const fileName =
  /\.(?:[cm]?[jt]sx?|py|rb|go|java|kts?|scala|cs|cpp|cc|hpp|rs|php|swift|vue|svelte|astro|html?|s?css|json|ya?ml|toml|sh|sql|proto|lua|dart|exs?|erl|clj|map|log|md|txt)$/i;
const portOrLine = /^\d{1,5}(?=$|[/:?#)\s"',;])/;
const quotedValue = /^\\{0,4}(["'`])([^"'`\\]{0,64})\\{0,4}\1/;
const bareValue = /^[^\s,;&|)\]}"'`<]{0,65}/;
const placeholder = /^<[a-z][a-z _-]{0,40}>/i;
const number = /^-?\d+(?:\.\d+)?$/;
/** How a sentence goes on that says something about a secret. */
const prose =
  /^(?:a|an|and|are|argument|at least|cannot|can't|could not|did|does|doesn't|empty|expected|expired|expires|failed|failure|for|has|hasn't|ignored|incorrect|invalid|is|isn't|it|length|malformed|may|minimum|mismatch|missing|must|n\/a|needs?|no|not|null|ok|only|optional|please|required|requires|revoked|should|the|this|too|unexpected|unknown|unsupported|unterminated|valid|was|wasn't|were|will|wrong|you|your)(?![\w=:@-]|\.\w)/i;
const words = /^[A-Za-z][a-z]{0,20} [A-Za-z][a-z]*(?:[\s.,;:!?]|$)/;
const typeName =
  /^(?:string|String|number|Number|boolean|Boolean|text|varchar|char|bytes?|Buffer|object|any|unknown|undefined|null|never|void|int|integer|uuid|secret|password|SecretStr|Optional\[\w+\])!?\??\s{0,4}(?=[;,)}|!\]]|$|\n)/;
const code =
  /^(?:await\s|new\s|require\(|function\b|async\b|(?:req|request|ctx|res|process|config|options|props|params|opts|os)\.[A-Za-z_$]|\([\w\s,]{0,40}\)\s*=>|(?:get|fetch|create|generate|load|read|sign|make|parse|decode|encode|verify|find|hash|compare)[A-Z]\w{0,40}\()/;
const boundName = /^[:@]([A-Za-z_]\w{0,63})(?=[\s,;)]|$)/;

/** Whether what stands behind a secret name in a text is no secret: a place in a file, prose, a type, code, or nothing. */
export function isHarmlessPlace(place: NamedPlace, names: SecretNames): boolean {
  const { text, separator, after, traits } = place;
  if ((traits & NameTrait.custom) !== 0) return false;
  if (text[separator] === ':' && isPosition(place)) return true;
  const begin = startOfValue(text, after);
  const value = text.slice(begin, begin + maxLookedAt);
  const quoted = quotedValue.exec(value);
  if (quoted !== null) return isHarmlessText(quoted[2] ?? '', traits);
  const [bare = ''] = bareValue.exec(value) ?? [];
  if (bare !== '' && (isHarmlessText(bare, traits) || (number.test(bare) && isHarmlessNumber(Number(bare), traits))))
    return true;
  if (placeholder.test(value) && !value.startsWith('</')) return true;
  if (!isBlank(text.charCodeAt(after)) && text[after] !== '=' && text[after] !== '>') return false;
  return isSentence(place, value) || isCode(place, begin, value, names);
}

/** `auth.js:10:5`, `token.service.ts: …`, `http://session:8080/`. */
function isPosition({ text, name, start, after }: NamedPlace): boolean {
  if (fileName.test(name)) return true;
  if (!isDigit(text.charCodeAt(after))) return false;
  const before = text[start - 1];
  return (before === '/' || before === '\\') && portOrLine.test(text.slice(after, after + 8));
}

function isSentence({ text, name, separator, traits }: NamedPlace, value: string): boolean {
  if (text[separator] !== ':') return false;
  if (prose.test(value) || typeName.test(value)) return true;
  const isVague = (traits & (NameTrait.weak | NameTrait.plural)) !== 0 || /^(?:session|auth)$/i.test(name);
  return isVague && words.test(value);
}

/** An assignment in a program, or a parameter of a statement. */
function isCode({ text, separator, after }: NamedPlace, begin: number, value: string, names: SecretNames): boolean {
  if (code.test(value) || (text[separator] === '=' && typeName.test(value))) return true;
  // The colon of `= :password` has been taken for part of the separator.
  const from = text[begin - 1] === ':' && begin - 1 > after ? begin - 1 : begin;
  const [, bound] = boundName.exec(text.slice(from, from + maxLookedAt)) ?? [];
  return bound !== undefined && text[separator] === '=' && names.has(bound);
}
