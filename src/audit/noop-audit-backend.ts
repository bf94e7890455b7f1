import type { AuditBackend, AuditGuarantees } from './audit-backend';

/** Keeps nothing; what audit is when it is switched off or could not start. */
export class NoopAuditBackend implements AuditBackend {
  readonly name: string = 'none';
  readonly guarantees: AuditGuarantees = { delivery: 'strict', volatile: true };

  log(): void {}

  logSync(): void {}

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
