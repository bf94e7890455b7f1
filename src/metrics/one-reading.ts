/** What stands for the reading that is under way; `undefined` between readings. */
let current: object | undefined;

/** Reads several metrics as of one moment: what {@link oncePerReading} reads is read once in it. */
export function inOneReading<Result>(read: () => Result): Result {
  if (current !== undefined) return read();
  current = {};
  try {
    return read();
  } finally {
    current = undefined;
  }
}

/** Reads something that several metrics tell of, once for all of them; outside of a reading, whenever it is asked. */
export function oncePerReading<Value>(read: () => Value): () => Value {
  let of: object | undefined;
  let last: Value | undefined;
  return () => {
    if (current === undefined) return read();
    if (of !== current) {
      last = read();
      of = current;
    }
    return last as Value;
  };
}
