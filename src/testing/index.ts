export { auditBackendContract } from './audit-backend-contract';
export type { AuditBackendContractOptions } from './audit-backend-contract';
export { metricsBackendContract } from './metrics-backend-contract';
export type { MetricsBackendContractOptions } from './metrics-backend-contract';
