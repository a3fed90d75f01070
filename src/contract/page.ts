import { type Static, type TSchema, Type } from 'typebox';
import { storablePattern } from './task.ts';
import { searchMaxLength } from './words.ts';

export const pageLimitDefault = 50;
const pageLimitMax = 200;

// Stryker disable StringLiteral: words for people, which a test could only repeat.
/** One page of a list: `nextCursor` is null on the last one. */
export const Page = <Item extends TSchema>(item: Item) =>
  Type.Object(
    {
      data: Type.Array(item),
      nextCursor: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    },
    { additionalProperties: false },
  );

export const ListQuery = Type.Object(
  {
    status: Type.Optional(
      Type.Enum(['open', 'completed', 'all'], {
        type: 'string',
        default: 'all',
        description: 'Which tasks to list.',
      }),
    ),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: searchMaxLength,
        pattern: storablePattern,
        description:
          'Only tasks that have every one of these words in title or description, or words that begin with them; without regard to case and accents. Anything but letters, digits and symbols such as emoji separates words, and a text without any finds nothing. In scripts without spaces, such as Chinese, Japanese and Thai, any part of a text is found.',
      }),
    ),
    sort: Type.Optional(
      Type.Enum(['newest', 'oldest'], {
        type: 'string',
        default: 'newest',
        description: 'By id: a UUIDv7 begins with the time at which it was made.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: pageLimitMax,
        default: pageLimitDefault,
        description: 'The most tasks on a page.',
      }),
    ),
    cursor: Type.Optional(
      Type.String({
        maxLength: 512,
        description: '`nextCursor` of the page before, with the same status, q and sort.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof ListQuery>;
