import { isDigit, isInRun } from './characters';

const minDigits = 13;
const maxDigits = 19;

/** How the numbers of the card networks begin, and how long they are: Visa, Mastercard, Amex, Discover, Diners, JCB, UnionPay. */
const issuers =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|3(?:0[0-5]|095|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17})$/;

/** How a number is written in groups. */
const groupings: readonly (readonly number[])[] = [
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4, 1],
];

interface Group {
  readonly start: number;
  readonly end: number;
}

/** Whether digits are the number of a card: its network is known, and its check digit is right. */
export function isCardNumber(digits: string): boolean {
  return digits.length >= minDigits && digits.length <= maxDigits && issuers.test(digits) && isLuhn(digits);
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 1; place <= digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - place) - 48;
    const weighed = place % 2 === 0 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

/** A text without the numbers of cards, in one piece or in groups between blanks or hyphens. */
export function redactCards(text: string, replacement: string): string {
  let clean = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (!isDigit(text.charCodeAt(at))) continue;
    const groups = groupsFrom(text, at);
    for (let index = 0; index < groups.length;) {
      const count = cardAt(text, groups, index);
      if (count > 0) {
        clean += text.slice(from, groups[index]?.start) + replacement;
        from = groups[index + count - 1]?.end ?? from;
      }
      index += Math.max(count, 1);
    }
    at = groups.at(-1)?.end ?? at;
  }
  return from === 0 ? text : clean + text.slice(from);
}

/** Digits with one blank or hyphen between. */
function groupsFrom(text: string, begin: number): Group[] {
  const groups: Group[] = [];
  for (let start = begin; isDigit(text.charCodeAt(start));) {
    let end = start + 1;
    while (isDigit(text.charCodeAt(end))) end += 1;
    groups.push({ start, end });
    const separator = text[end];
    if (separator !== ' ' && separator !== '-') break;
    start = end + 1;
  }
  return groups;
}

/** How many groups from this one on are the number of a card. */
function cardAt(text: string, groups: readonly Group[], index: number): number {
  const first = groups[index] as Group;
  if (!standsFree(text, first.start)) return 0;
  const single = first.end - first.start;
  if (single >= minDigits) return isCardNumber(text.slice(first.start, first.end)) && endsFree(text, first.end) ? 1 : 0;
  if (single !== 4) return 0;
  for (const lengths of groupings) {
    const last = groups[index + lengths.length - 1];
    const fits = lengths.every((length, at) => {
      const group = groups[index + at];
      return group !== undefined && group.end - group.start === length;
    });
    if (last === undefined || !fits) continue;
    if (isCardNumber(text.slice(first.start, last.end).replace(/[ -]/g, '')) && endsFree(text, last.end))
      return lengths.length;
  }
  return 0;
}

/** What a word, a decimal point or a sign stands before is part of something else. */
function standsFree(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  return start === 0 || !(isInRun(before) || before === 43 || before === 35);
}

function endsFree(text: string, end: number): boolean {
  const after = text.charCodeAt(end);
  if (end >= text.length || !isInRun(after)) return true;
  return (after === 46 || after === 45) && !isInRun(text.charCodeAt(end + 1));
}
