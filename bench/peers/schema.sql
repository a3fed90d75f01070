create table if not exists tasks (
  user_id text not null,
  id text not null,
  title text not null,
  description text not null,
  completed_at integer,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  primary key (user_id, id)
) strict, without rowid;
