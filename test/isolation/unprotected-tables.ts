import type { Client } from 'pg';

/**
 * Schemas and tables that hold no owner's rows, each with the reason. Anything else in the
 * database is a table of the API, and has to be protected.
 */
const withoutOwner = [
  // The issuer's: Better Auth has them, and the API's connections do not look there.
  /^accounts\./,
  // Ids of ended sessions and counts of requests: what is looked at before anybody is known.
  /^guard\./,
  // Kysely's record of the migrations that were made.
  /^tasks\.kysely_migration(_lock)?$/,
];

/** The tables of the API that are not protected, each with what is wrong. */
export async function unprotectedTables(admin: Client): Promise<string[]> {
  const { rows } = await admin.query<Relation>(relations);
  return rows
    .filter(({ name }) => !withoutOwner.some((exception) => exception.test(name)))
    .flatMap((relation) => {
      const problems = problemsOf(relation);
      return problems.length > 0 ? [`${relation.name}: ${problems.join(', ')}`] : [];
    });
}

interface Relation {
  name: string;
  kind: string;
  enabled: boolean;
  forced: boolean;
  policies: { using: string; check: string; command: string; permissive: boolean }[];
}

const own = "(user_id = NULLIF(current_setting('ownlist.owner'::text, true), ''::text))";

function problemsOf({ kind, enabled, forced, policies }: Relation): string[] {
  // A view reads with the rights of its owner, and a foreign table has no row security.
  if (kind !== 'r' && kind !== 'p') return ['not a table'];
  const others = policies.filter(
    ({ using, check, command }) => using !== own || check !== own || command !== '*',
  );
  return [
    ...(enabled ? [] : ['not enabled']),
    ...(forced ? [] : ['not forced']),
    // Permissive policies add up: one that is wider than the owner opens the table.
    ...(policies.length === 1 ? [] : [`${policies.length} policies`]),
    ...(others.length === 0 ? [] : ['a policy on something else than the owner']),
  ];
}

const relations = `
  select n.nspname || '.' || c.relname as name, c.relkind as kind,
    c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
    coalesce(json_agg(json_build_object(
      'using', pg_get_expr(p.polqual, c.oid), 'check', pg_get_expr(p.polwithcheck, c.oid),
      'command', p.polcmd)) filter (where p.oid is not null), '[]') as policies
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_policy p on p.polrelid = c.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  group by c.oid, n.nspname
  order by 1`;
