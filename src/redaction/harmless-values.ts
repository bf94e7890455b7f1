import { NameTrait } from './secret-names';

/** Longer values are not compared. */
const maxLength = 64;

/** Texts that stand for no value, for one that comes from elsewhere, or for one that was removed already. */
const noValue =
  /^(?:true|false|null|undefined|none|nil|yes|no|\*+|\?|%[sdv]|\$\d{1,3}|\$\{[\w.:-]+\}|\{\{[\s\w.:-]+\}\}|<[a-z][a-z _-]*>|\[object Object\]|[[<(](?:redacted|filtered|hidden|masked|removed|secret)[\])>])$/i;
const count = /^\d[\d.,_]*$/;
/** The ids that Twilio calls `sid`. */
const twilioId = /^[A-Z]{2}[0-9a-f]{32}$/;

/** Whether a text under a secret name is no secret. */
export function isHarmlessText(value: string, traits: number): boolean {
  if (value.length > maxLength) return false;
  if (value === '' || noValue.test(value) || twilioId.test(value)) return true;
  return (traits & NameTrait.plural) !== 0 && count.test(value);
}

/**
 * Whether a number under a secret name is no secret: how many there are of something, or, under a name that means other
 * things too, one that is too small.
 */
export function isHarmlessNumber(value: number, traits: number): boolean {
  if ((traits & NameTrait.plural) !== 0) return true;
  return (traits & NameTrait.weak) !== 0 && (Math.abs(value) < 100 || !Number.isInteger(value));
}

/**
 * Whether what stands under a secret name is copied like any other value: it cannot be a secret itself, or it is
 * something to look into. What the user has named goes, unless there is nothing.
 */
export function isKeptUnder(traits: number, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if ((traits & NameTrait.custom) !== 0) return false;
  switch (typeof value) {
    case 'boolean':
    case 'function':
      return true;
    case 'string':
      return isHarmlessText(value, traits);
    case 'number':
      return isHarmlessNumber(value, traits);
    case 'object':
      return (traits & NameTrait.weak) !== 0 || isEmpty(value) || isCounts(value, traits);
    default:
      return false;
  }
}

function isEmpty(value: object): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** `tokens: { input: 12, output: 30 }`. */
function isCounts(value: object, traits: number): boolean {
  if ((traits & NameTrait.plural) === 0 || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const values = Object.values(value);
  return values.length <= 32 && values.every((each) => typeof each === 'number' || typeof each === 'boolean');
}
