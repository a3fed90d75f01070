import { InputError, Problem } from '../../contract/problem.ts';
import { routes } from '../../contract/routes.ts';
import { NewTask, Task, TaskPatch } from '../../contract/task.ts';
import type { JsonSchema } from './openapi-document.ts';

/** The schemas of the contract that the document names. */
const named: Readonly<Record<string, object>> = {
  Task,
  NewTask,
  TaskPatch,
  Page: routes.listTasks.responses[200].schema,
  Problem,
  InputError,
};

/**
 * The name of each schema by its text. Identity would miss `Type.Optional(Task)`, which is a copy
 * of `Task` that differs in a hidden property only.
 */
const nameByText: ReadonlyMap<string, string> = new Map(
  Object.entries(named).map(([name, schema]) => [JSON.stringify(schema), name]),
);

/** The named schemas, for `components.schemas`. */
export function componentSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(named).map(([name, schema]) => [name, published(schema, name)]),
  );
}

/** A schema of the contract as the document shows it: named schemas become a `$ref`. */
export function schemaOf(schema: object): JsonSchema {
  return published(schema);
}

/** A reference to a named schema. */
export function schemaRef(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/** TypeBox keeps its own marks in non-enumerable properties: its JSON is JSON Schema. */
function published(schema: object, itself?: string): JsonSchema {
  const text = JSON.stringify(schema, (_key, value: unknown) => {
    const name = nameByText.get(JSON.stringify(value));
    return name !== undefined && name !== itself ? schemaRef(name) : value;
  });
  return JSON.parse(text);
}
