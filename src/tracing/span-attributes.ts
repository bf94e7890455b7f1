import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { HandlerTarget } from '../call/handler-target';

/**
 * Names of span attributes. `code.function.name`, `db.operation.name`, `db.system.name`, `error.type` and `enduser.id` are
 * OpenTelemetry's semantic conventions (1.3x and later); `store.*`, `item.id` and the ids are trefoil's own.
 */
export const spanAttributes = {
  functionName: 'code.function.name',
  dbOperation: 'db.operation.name',
  dbSystem: 'db.system.name',
  errorType: 'error.type',
  userId: 'enduser.id',
  storeName: 'store.name',
  storeType: 'store.type',
  storeId: 'store.id',
  operation: 'store.operation',
  outcome: 'store.outcome',
  itemId: 'item.id',
  auditId: 'audit.id',
  correlationId: 'correlation.id',
} as const;

/** The databases that the semantic conventions name: a store whose type is one of them says so itself. */
const databases: ReadonlySet<string> = new Set([
  'actian.ingres',
  'aws.dynamodb',
  'aws.redshift',
  'azure.cosmosdb',
  'cassandra',
  'clickhouse',
  'cockroachdb',
  'couchbase',
  'couchdb',
  'derby',
  'elasticsearch',
  'firebirdsql',
  'gcp.spanner',
  'geode',
  'h2database',
  'hbase',
  'hive',
  'hsqldb',
  'ibm.db2',
  'ibm.informix',
  'ibm.netezza',
  'influxdb',
  'instantdb',
  'intersystems.cache',
  'mariadb',
  'memcached',
  'microsoft.sql_server',
  'mongodb',
  'mysql',
  'neo4j',
  'opensearch',
  'oracle.db',
  'other_sql',
  'postgresql',
  'redis',
  'sap.hana',
  'sap.maxdb',
  'softwareag.adabas',
  'sqlite',
  'teradata',
  'trino',
]);

/** What all spans of one method say. */
export function targetAttributes({ className, operation, operationName, store }: HandlerTarget): Attributes {
  return {
    [spanAttributes.functionName]: `${className}.${operation.methodName}`,
    [spanAttributes.storeName]: store.name,
    [spanAttributes.storeType]: store.type,
    [spanAttributes.operation]: operationName,
    [spanAttributes.dbOperation]: operationName,
    ...(databases.has(store.type) ? { [spanAttributes.dbSystem]: store.type } : {}),
  };
}

/** The event on the span of a call under which one operation was called too often. */
export const repeatedCallsEvent = 'store.repeated_calls';

/** Values as OpenTelemetry takes them: primitives and arrays of one kind as they are, the rest as JSON. */
export function toAttributes(values: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) attributes[key] = toAttributeValue(value);
  }
  return attributes;
}

function toAttributeValue(value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  return JSON.stringify(value) ?? String(value);
}
