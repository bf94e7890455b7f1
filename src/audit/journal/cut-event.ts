type Wire = Record<string, unknown>;

/** How much of a field is kept where an event is too long, in UTF-16 units. */
const keptLength = 1_024;

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
  return { truncated: JSON.stringify(value).slice(0, keptLength) };
}

/** What cannot be written as JSON costs its field, not the event. */
export function readableFields(wire: Wire): Wire {
  const readable: Wire = {};
  for (const [name, value] of Object.entries(wire)) {
    try {
      JSON.stringify(value);
      readable[name] = value;
    } catch {
      readable[name] = '[UNSERIALIZABLE]';
    }
  }
  return readable;
}
