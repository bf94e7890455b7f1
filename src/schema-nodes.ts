/** What is read of a schema of the validation library: what it is made of. */
export interface SchemaNode {
  readonly type?: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly options?: readonly SchemaNode[];
  readonly item?: SchemaNode;
  readonly value?: SchemaNode;
}

type Path = readonly unknown[];

/** A value where an object of options is asked for. */
export interface Misshapen {
  readonly path: Path;
  readonly given: unknown;
}

/** A list, a Map or a Date has none of the names, and would pass for an object without any options. */
export function isObjectOfOptions(input: unknown): input is Readonly<Record<string, unknown>> {
  const kind = Object.prototype.toString.call(input);
  return typeof input === 'object' && (kind === '[object Object]' || kind === '[object Module]');
}

/** The names that are known where a path leads in a schema. */
export function namesAt(schema: SchemaNode, path: Path): string[] {
  return alternatives(schema).flatMap(({ entries, item, value }) => {
    if (path.length === 0) return Object.keys(entries ?? {});
    const inside = entries?.[String(path[0])] ?? item ?? value;
    return inside === undefined ? [] : namesAt(inside, path.slice(1));
  });
}

/** Where an object of options is asked for, and a list, a Map or a Date is given. */
export function misshapenIn(schema: SchemaNode, input: unknown): Misshapen[] {
  if (typeof input !== 'object' || input === null) return [];
  const nodes = alternatives(schema);
  if (Array.isArray(input) && nodes.some(({ item }) => item !== undefined)) {
    return nodes.flatMap(({ item }) => (item === undefined ? [] : insideOf(input, () => item)));
  }
  const entries = nodes.find((node) => node.entries !== undefined)?.entries;
  const value = nodes.find((node) => node.value !== undefined && node.type === 'record')?.value;
  if (entries === undefined && value === undefined) return [];
  return isObjectOfOptions(input) ? insideOf(input, (key) => entries?.[key] ?? value) : [{ path: [], given: input }];
}

function insideOf(input: object, schemaOf: (key: string) => SchemaNode | undefined): Misshapen[] {
  return Object.entries(input).flatMap(([key, inside]) => {
    const schema = schemaOf(key);
    return schema === undefined
      ? []
      : misshapenIn(schema, inside).map(({ path, given }) => ({ path: [key, ...path], given }));
  });
}

/** The schemas that a value may fit, without what is wrapped around them; a pipe has the parts of its first schema. */
function alternatives(schema: SchemaNode): readonly SchemaNode[] {
  if (schema.wrapped !== undefined) return alternatives(schema.wrapped);
  return schema.type === 'union' ? (schema.options ?? []).flatMap(alternatives) : [schema];
}
