import { Ajv2020, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import type { InputError } from '../contract/problem.ts';
import { ProblemError } from '../contract/problem-error.ts';
import { visiblePattern } from '../contract/task.ts';

/** How many errors an answer names; a body can break the same rule thousands of times. */
const errorsMax = 20;

// Nothing is coerced, defaulted or removed: input is right as it stands, or it is refused. That the
// schemas are right is for the tests: to compile the schema of schemas would delay every start.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, validateSchema: false });

/** A check of a request's body: the body itself when it fits the schema. @throws `body_invalid` */
export function bodyValidator(schema: TSchema): (body: unknown) => unknown {
  const fits = compiledOnce(schema);
  return (body) => {
    if (body === undefined) {
      throw new ProblemError('body_invalid', 'A body is required.', {
        errors: [{ pointer: '', code: 'required', message: 'is required' }],
      });
    }
    const check = fits();
    if (!check(body)) throw refusal('body_invalid', 'body', check, (error) => pointerOf(error));
    return body;
  };
}

/**
 * A check of a query: its parameters, whole numbers read as such. An operation without a schema
 * takes none. @throws `parameters_invalid`
 */
export function queryValidator(schema: TSchema | undefined): (query: unknown) => unknown {
  const fits = compiledOnce(schema ?? { type: 'object', additionalProperties: false });
  const integers = integerProperties(schema);
  return (raw) => {
    const query = { ...(raw as Record<string, unknown>) }; // Fastify's parser makes an object.
    for (const name of integers) {
      const value = query[name];
      if (typeof value === 'string' && /^\d{1,15}$/.test(value)) query[name] = Number(value);
    }
    const check = fits();
    if (!check(query)) {
      throw refusal('parameters_invalid', 'query', check, (error) =>
        pointerOf(error).replace('/', '?'),
      );
    }
    return query;
  };
}

/** A check that is compiled when it is first needed: all of them would delay every start. */
function compiledOnce(schema: AnySchema): () => ValidateFunction {
  let compiled: ValidateFunction | undefined;
  return () => {
    compiled ??= ajv.compile(schema);
    return compiled;
  };
}

function integerProperties(schema: TSchema | undefined): string[] {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, { type?: string }> };
  return Object.keys(properties).filter((name) => properties[name]?.type === 'integer');
}

function refusal(
  code: 'body_invalid' | 'parameters_invalid',
  what: string,
  { errors }: ValidateFunction,
  pointer: (error: ErrorObject) => string,
): ProblemError {
  const found = (errors ?? [])
    .slice(0, errorsMax)
    .map((error): InputError => ({ pointer: pointer(error), ...explain(error) }));
  const [first] = found;
  const detail = first
    ? `${first.pointer || `The ${what}`} ${first.message}.`
    : `The ${what} is not valid.`;
  return new ProblemError(code, detail, { errors: found });
}

/** The member at fault: a missing or unknown one is named, not the object around it. */
function pointerOf({ instancePath, keyword, params }: ErrorObject): string {
  const name =
    keyword === 'required'
      ? params['missingProperty']
      : keyword === 'additionalProperties'
        ? params['additionalProperty']
        : undefined;
  if (name === undefined) return instancePath;
  return `${instancePath}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A rule in the words of its error: `code` for programs, `message` to follow the pointer. */
function explain({ keyword, params, message = 'is not valid' }: ErrorObject): {
  code: string;
  message: string;
} {
  switch (keyword) {
    case 'required':
      return { code: 'required', message: 'is required' };
    case 'additionalProperties':
      return { code: 'unknown', message: 'is not known here' };
    case 'type':
      return { code: 'type', message: `must be ${[params['type']].flat().join(' or ')}` };
    case 'enum':
      return { code: 'enum', message: `must be one of ${params['allowedValues'].join(', ')}` };
    case 'minLength':
      return { code: 'too_short', message: 'must not be empty' };
    case 'maxLength':
      return { code: 'too_long', message: `must be at most ${params['limit']} characters long` };
    case 'minimum':
    case 'maximum':
      return { code: 'range', message: `must be ${params['comparison']} ${params['limit']}` };
    case 'pattern':
      return params['pattern'] === visiblePattern
        ? { code: 'text', message: 'must hold more than white space, no NUL and no lone surrogate' }
        : { code: 'pattern', message };
    default:
      return { code: keyword, message };
  }
}
