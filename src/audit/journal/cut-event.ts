type Wire = Record<string, unknown>;

/** How much of a field is kept where an event is too long, in UTF-16 units. */
const keptLength = 1_024;

const unserializable = '[UNSERIALIZABLE]';

/** Cuts the longest fields first, and no more of them than has to be. */
export function cutText(wire: Wire, maxLength: number): string {
  const cut: Wire = { ...wire, truncated: true };
  const lengths = Object.entries(cut).map(([name, value]) => [name, JSON.stringify(value)?.length ?? 0] as const);
  for (const [name] of lengths.sort(([, one], [, other]) => other - one)) {
    cut[name] = cutValue(cut[name]);
    const text = JSON.stringify(cut);
    if (text.length <= maxLength) return text;
  }
  return JSON.stringify(cut);
}

function cutValue(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, keptLength);
  if (typeof value !== 'object' || value === null) return value;
  // A chain of errors: it begins with what was thrown.
  if (Array.isArray(value)) return value.slice(0, 1);
  return { truncated: (JSON.stringify(value) ?? '').slice(0, keptLength) };
}

/** What cannot be written as JSON costs its field, not the event; of an object, only the entries that cannot. */
export function readableFields(wire: Wire): Wire {
  return mapEntries(wire, (value) => {
    if (isWritable(value)) return value;
    // An object stays one, or readers would take the event for none.
    if (typeof value !== 'object' || value === null) return unserializable;
    return mapEntries(value as Wire, (entry) =>
      typeof entry !== 'function' && isWritable(entry) ? entry : unserializable,
    );
  });
}

function mapEntries(record: Wire, map: (value: unknown) => unknown): Wire {
  const names = Object.keys(record);
  return Object.fromEntries(
    names.map((name) => {
      try {
        return [name, map(record[name])];
      } catch {
        return [name, unserializable];
      }
    }),
  );
}

function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
