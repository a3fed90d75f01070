import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

/** What a backup is called that holds a whole one: written last, when all else is on the disk. */
export const manifestName = 'manifest.json';

const Store = Type.Object({
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** The rows of each table. */
  rows: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  /** The migrations that made its tables; Better Auth keeps no record of its own. */
  migrations: Type.Array(Type.String()),
});

/** What a backup is and what it holds, to be compared before it is restored. */
const Manifest = Type.Object({
  format: Type.Literal(1),
  program: Type.Literal('ownlist'),
  version: Type.String(),
  takenAt: Type.String(),
  stores: Type.Object(
    {
      'accounts.db': Type.Optional(Store),
      'guard.db': Type.Optional(Store),
      'tasks.db': Type.Optional(Store),
    },
    { additionalProperties: false },
  ),
});
export type Manifest = Static<typeof Manifest>;
export type StoreEntry = Static<typeof Store>;

/** `undefined` for a text that is no manifest of this format. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(Manifest, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
