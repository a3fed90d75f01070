import { type Static, Type } from 'typebox';

/** The longest title, in Unicode code points (JSON Schema `maxLength`). */
export const titleMaxLength = 255;
/** The longest description, in Unicode code points. */
export const descriptionMaxLength = 10_000;

/**
 * Text that can be stored and given back exactly: no NUL, which PostgreSQL cannot hold, and no
 * lone surrogate, which UTF-8 cannot. Regular expression with the `u` flag (JSON Schema 2020-12
 * §6.4), under which the surrogate range matches only unpaired ones.
 */
export const storablePattern = '^[^\\u0000\\uD800-\\uDFFF]*$';
/** Storable text with at least one character that is not white space. */
export const visiblePattern = '^(?=[\\s\\S]*\\S)[^\\u0000\\uD800-\\uDFFF]*$';
/** A UUID of version 7 (RFC 9562 §5.7) in lower case. */
export const taskIdPattern =
  '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';

// Stryker disable StringLiteral: words for people, which a test could only repeat.
const Title = Type.String({
  minLength: 1,
  maxLength: titleMaxLength,
  pattern: visiblePattern,
  description: 'Not only white space; kept exactly as sent.',
});
const Description = Type.String({
  maxLength: descriptionMaxLength,
  pattern: storablePattern,
  description: 'Markdown, kept exactly as sent.',
});
const Instant = Type.String({
  format: 'date-time',
  description: 'RFC 3339, UTC, with milliseconds.',
});

export const TaskId = Type.String({
  pattern: taskIdPattern,
  description: 'UUIDv7 in lower case, made by the client or the server.',
});

export const Task = Type.Object(
  {
    id: TaskId,
    title: Title,
    description: Description,
    completed: Type.Boolean({ description: 'Whether it is done.' }),
    completedAt: Type.Unsafe<string | null>({ ...Instant, type: ['string', 'null'] }),
    createdAt: Instant,
    updatedAt: Instant,
    version: Type.Integer({
      minimum: 1,
      description:
        "Grows with every change to the task; its ETag is this number in quotes. It is the owner's count of changes at the time, so it is never used twice.",
    }),
  },
  { additionalProperties: false },
);
export type Task = Static<typeof Task>;

export const NewTask = Type.Object(
  {
    id: Type.Optional(TaskId),
    title: Title,
    description: Type.Optional(Description),
    completed: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type NewTask = Static<typeof NewTask>;

/** A JSON Merge Patch (RFC 7396): absent members stay; `description: null` empties it. */
export const TaskPatch = Type.Object(
  {
    title: Type.Optional(Title),
    description: Type.Optional(
      Type.Unsafe<string | null>({ ...Description, type: ['string', 'null'] }),
    ),
    completed: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type TaskPatch = Static<typeof TaskPatch>;

/** The ETag of a task (RFC 9110 §8.8.3), strong, so that a client can make it from a list too. */
export const taskETag = (task: Pick<Task, 'version'>): string => `"${task.version}"`;
