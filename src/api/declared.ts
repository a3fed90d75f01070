import type { TSchema } from 'typebox';

type Part = (value: unknown) => unknown;

/**
 * As much of a value as `schema` declares: members of objects that it does not name are left out, at
 * any depth. What it says of strings and numbers is not looked at. A value that has nothing else is
 * given back as it is.
 */
export function declaredPart(schema: TSchema): Part {
  const { properties, items } = schema as {
    properties?: Record<string, TSchema>;
    items?: TSchema;
  };
  if (properties) return partOfObject(properties);
  if (items) return partOfArray(declaredPart(items));
  return (value) => value;
}

function partOfArray(partOfItem: Part): Part {
  return (value) => {
    if (!Array.isArray(value)) return value;
    const isWhole = value.every((item) => partOfItem(item) === item);
    return isWhole ? value : value.map(partOfItem);
  };
}

function partOfObject(properties: Record<string, TSchema>): Part {
  const names = new Set(Object.keys(properties));
  // Most members are text or numbers, of which there is no part.
  const nested = Object.entries(properties)
    .filter(([, schema]) => 'properties' in schema || 'items' in schema)
    .map(([name, schema]) => ({ name, partOf: declaredPart(schema) }));

  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    const object = value as Record<string, unknown>;
    const isWhole =
      hasOnly(object, names) &&
      nested.every(({ name, partOf }) => partOf(object[name]) === object[name]);
    if (isWhole) return object;
    const declared = Object.entries(object).filter(([name]) => names.has(name));
    const part = Object.fromEntries(declared);
    for (const { name, partOf } of nested) if (name in part) part[name] = partOf(part[name]);
    return part;
  };
}

function hasOnly(object: Record<string, unknown>, names: Set<string>): boolean {
  for (const name in object) if (!names.has(name)) return false;
  return true;
}
