import type { AuditBackend } from '../audit/audit-backend';
import { FileAuditBackend } from '../audit/file-audit-backend';
import { InMemoryAuditBackend } from '../audit/in-memory-audit-backend';
import { JsonAuditBackend, type JsonAuditBackendOptions } from '../audit/json-audit-backend';
import type { OnJournalReport } from '../audit/journal/adopt-writers';
import { NoopAuditBackend } from '../audit/noop-audit-backend';
import { UnavailableAuditBackend } from '../audit/unavailable-audit-backend';
import { givenBackend, type PartInputs, type Recipe } from './make-part';
import type { ResolvedOptions } from './options';
import { AUDIT_BACKEND } from './tokens';

/** How to come by the audit backend. */
export function auditRecipe({ options, diagnostics }: PartInputs): Recipe<AuditBackend> {
  const settings = settingsOf(options);
  const onReport: OnJournalReport = (where, error, level) =>
    diagnostics.report('TREFOIL_AUDIT_JOURNAL', where, error, level);
  return {
    section: 'audit',
    token: AUDIT_BACKEND,
    option: 'audit.backend',
    given: givenBackend(options.audit.backend),
    methods: ['log', 'flush', 'close'],
    required: options.audit.required,
    settings,
    build: () => build(settings, onReport),
    noop: (why) => new UnavailableAuditBackend(why),
  };
}

interface AuditSettings extends Omit<JsonAuditBackendOptions, 'directory' | 'onReport'> {
  readonly backend: ResolvedOptions['audit']['backend'];
  readonly path: string;
  readonly maxEvents: number | undefined;
}

/** What the backend depends on, and nothing that it does not. */
function settingsOf({ audit, service }: ResolvedOptions): AuditSettings {
  const {
    backend,
    path,
    maxEvents,
    delivery: _delivery,
    onFailure: _onFailure,
    required: _required,
    generateId: _generateId,
    rotateDaily,
    filePrefix,
    ...journal
  } = audit;
  if (backend !== 'file' && backend !== 'json') return { backend, path, maxEvents };
  const daily = backend === 'json' ? { rotateDaily, filePrefix } : {};
  return {
    backend,
    path,
    maxEvents: undefined,
    ...journal,
    ...daily,
    service: service.name,
    environment: service.environment,
  };
}

function build({ backend, path, maxEvents, ...journal }: AuditSettings, onReport: OnJournalReport): AuditBackend {
  if (backend === 'none') return new NoopAuditBackend();
  if (backend === 'json') return new JsonAuditBackend({ ...journal, directory: path, onReport });
  if (backend === 'file') return new FileAuditBackend({ ...journal, path, onReport });
  return new InMemoryAuditBackend({ maxEvents });
}
