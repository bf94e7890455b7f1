/** What became of an event at one of several backends: taken, failed at once, or not known yet. */
export interface Attempt {
  /** Whether this one is enough where any is. */
  readonly counts: boolean;
  readonly failure?: { readonly error: unknown };
  readonly pending?: Promise<void> | undefined;
}

/** Every attempt has to succeed; all of them are waited for. Nothing is given where all is known already. */
export function settleAll(attempts: readonly Attempt[]): Promise<void> | undefined {
  const failures = attempts.flatMap(({ failure }) => (failure === undefined ? [] : [failure.error]));
  const pending = attempts.flatMap((attempt) => (attempt.pending === undefined ? [] : [attempt.pending]));
  if (pending.length === 0) return failures.length === 0 ? undefined : refuse(failures, attempts.length);
  return Promise.allSettled(pending).then((settled) => {
    const late = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    if (failures.length + late.length > 0) refuse([...failures, ...late], attempts.length);
  });
}

/** One of the attempts has to succeed, and none of the others is waited for. */
export function settleEach(attempts: readonly Attempt[]): Promise<void> | undefined {
  const failures = attempts.flatMap(({ failure }) => (failure === undefined ? [] : [failure.error]));
  const pending = attempts.flatMap((attempt) => (attempt.pending === undefined ? [] : [attempt.pending]));
  if (failures.length + pending.length < attempts.length) return undefined;
  if (pending.length === 0) return refuse(failures, attempts.length);
  return Promise.any(pending).catch((error: AggregateError) =>
    refuse([...failures, ...(error.errors as readonly unknown[])], attempts.length),
  );
}

function refuse(errors: readonly unknown[], count: number): never {
  if (errors.length === 1) throw errors[0];
  throw new AggregateError(errors, `${errors.length} of ${count} audit backends failed`);
}
