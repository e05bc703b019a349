-- Ids are the 16 bytes of a UUID of version 7, digests the 32 bytes of SHA-256, times microseconds since 1970 in UTC.
-- Every key but that of a token begins with the organization: a token is how the organization is found.

create table organization (
  org_id blob not null primary key,
  name text not null,
  created_at integer not null
) strict;
create unique index organization_name on organization (name);

create table authority (
  org_id blob not null references organization,
  position integer not null,
  kind text not null,
  chain text not null, -- JSON: hexadecimal DER, the signing certificate first
  sealed_key blob not null,
  valid_from integer not null,
  valid_to integer,
  primary key (org_id, position)
) strict;

create table token (
  token_id blob not null primary key,
  org_id blob not null references organization,
  name text not null,
  hash blob not null,
  role text not null,
  project text,
  created_at integer not null,
  expires_at integer,
  last_used_at integer,
  revoked_at integer
) strict;
create unique index token_name on token (org_id, name) where revoked_at is null;

create table trust_key (
  org_id blob not null references organization,
  name text not null,
  trust_key_id blob not null,
  key_id text not null,
  algorithm text not null,
  public_key blob not null,
  created_at integer not null,
  primary key (org_id, name)
) strict;

create table document (
  org_id blob not null references organization,
  kind text not null,
  name text not null,
  revision integer not null,
  digest blob not null,
  source text not null,
  files text not null, -- JSON: what file:// references stood for
  created_at integer not null,
  primary key (org_id, kind, name, revision)
) strict;

create table policy_text (
  org_id blob not null references organization,
  digest blob not null,
  source text not null,
  primary key (org_id, digest)
) strict;

create table workflow (
  org_id blob not null references organization,
  workflow_id blob not null,
  project text not null,
  name text not null,
  contract text, -- absent: the empty contract
  created_at integer not null,
  primary key (org_id, workflow_id)
) strict;
create unique index workflow_name on workflow (org_id, project, name);

create table run (
  org_id blob not null,
  run_id blob not null,
  workflow_id blob not null,
  version text,
  state text not null,
  contract text not null,
  contract_revision integer not null,
  contract_digest blob not null,
  pins text not null, -- JSON: the policies that the run is pinned to
  runner_kind text,
  runner_url text,
  created_at integer not null,
  expires_at integer not null,
  finished_at integer,
  reason text,
  digest blob, -- of the bundle
  verdict text, -- as in the table verdict, so that lists and gates need no join with evaluations
  looked_away integer not null,
  primary key (org_id, run_id),
  foreign key (org_id, workflow_id) references workflow (org_id, workflow_id)
) strict;
create index run_workflow on run (org_id, workflow_id, run_id);
create index run_digest on run (org_id, digest) where digest is not null;

create table attestation (
  org_id blob not null,
  run_id blob not null,
  bundle blob not null, -- exactly as received
  signer_kind text not null,
  signer_identity text not null,
  primary key (org_id, run_id),
  foreign key (org_id, run_id) references run (org_id, run_id)
) strict;

create table material (
  org_id blob not null,
  run_id blob not null,
  position integer not null,
  name text not null,
  kind text not null,
  digest blob,
  size integer,
  value text,
  output integer not null,
  annotations text not null, -- JSON
  primary key (org_id, run_id, position),
  foreign key (org_id, run_id) references run (org_id, run_id)
) strict;
-- Who handed bytes in: a token of one project may speak of its project's bytes only.
create table upload (
  org_id blob not null references organization (org_id),
  project text not null,
  digest blob not null,
  at integer not null,
  primary key (org_id, project, digest)
) strict;

create index material_digest on material (org_id, digest) where digest is not null;

create table subject (
  org_id blob not null,
  run_id blob not null,
  position integer not null,
  name text not null,
  digest text not null, -- with its algorithm
  primary key (org_id, run_id, position),
  foreign key (org_id, run_id) references run (org_id, run_id)
) strict;

-- What gates ask: the latest pushed run of a workflow that has a digest as an output.
create table output (
  org_id blob not null,
  digest blob not null,
  workflow_id blob not null,
  pushed_at integer not null,
  run_id blob not null,
  primary key (org_id, digest, workflow_id, pushed_at, run_id),
  foreign key (org_id, run_id) references run (org_id, run_id)
) strict, without rowid;

create table verdict (
  org_id blob not null,
  run_id blob not null,
  verdict text not null,
  evaluations blob not null, -- JSON
  unmatched blob not null, -- JSON
  instant integer not null,
  evaluator blob not null,
  looked_away integer not null,
  warnings integer not null,
  primary key (org_id, run_id),
  foreign key (org_id, run_id) references run (org_id, run_id)
) strict;

create table job (
  job_id blob not null primary key,
  kind text not null,
  org_id blob not null,
  run_id blob not null,
  lease_until integer not null,
  fence integer not null,
  foreign key (org_id, run_id) references run (org_id, run_id)
) strict;
create index job_lease on job (lease_until);

-- Components that somebody of the organization installed; their bytes are blobs.
create table integration (
  org_id blob not null references organization,
  integration_id text not null,
  digest blob not null,
  manifest text not null, -- JSON, as embedded in the component
  signer text, -- absent: nobody signed it
  installed_at integer not null,
  primary key (org_id, integration_id)
) strict;
create index integration_digest on integration (org_id, digest);

create table registration (
  org_id blob not null references organization,
  registration_id blob not null,
  name text not null,
  integration text not null,
  version text not null,
  description text,
  configuration text not null, -- JSON, without secrets
  sealed blob not null, -- the secrets
  state text not null, -- JSON: what the integration answered
  unhealthy text, -- why; absent: it is healthy
  failures integer not null, -- how many attempts failed in a row
  created_at integer not null,
  updated_at integer not null,
  primary key (org_id, registration_id)
) strict;
create unique index registration_name on registration (org_id, name);
create index registration_integration on registration (org_id, integration);

create table registration_state (
  org_id blob not null,
  registration_id blob not null,
  state_key text not null,
  content text not null,
  primary key (org_id, registration_id, state_key),
  foreign key (org_id, registration_id) references registration (org_id, registration_id)
) strict, without rowid;

create table attachment (
  org_id blob not null,
  attachment_id blob not null,
  registration_id blob not null,
  workflow_id blob not null,
  configuration text not null, -- JSON
  state text not null, -- JSON: what the integration answered
  created_at integer not null,
  primary key (org_id, attachment_id),
  foreign key (org_id, registration_id) references registration (org_id, registration_id),
  foreign key (org_id, workflow_id) references workflow (org_id, workflow_id)
) strict;
create index attachment_workflow on attachment (org_id, workflow_id);
create index attachment_registration on attachment (org_id, registration_id);

-- Deliveries outlive their attachment and registration, as history.
create table delivery (
  org_id blob not null,
  delivery_id blob not null,
  run_id blob not null,
  attachment_id blob not null,
  registration_id blob not null,
  registration text not null, -- the name
  state text not null,
  attempts integer not null,
  tries integer not null, -- of these, since due_since
  due_since integer, -- absent: the verdict is not known yet
  next_attempt_at integer, -- absent: before the verdict, held by an unhealthy registration, or over
  lease_until integer, -- absent: nobody holds it
  fence integer not null,
  created_at integer not null,
  finished_at integer,
  primary key (org_id, delivery_id),
  foreign key (org_id, run_id) references run (org_id, run_id)
) strict;
create index delivery_run on delivery (org_id, run_id, created_at, delivery_id);
create index delivery_created on delivery (org_id, created_at, delivery_id);
create index delivery_registration on delivery (org_id, registration, created_at, delivery_id);
create index delivery_state on delivery (org_id, state, created_at, delivery_id);
create index delivery_pending on delivery (org_id, registration_id) where state = 'pending';
-- What can be taken, and what is taken: registration by registration, so that a long queue of one hides no other.
create index delivery_due on delivery (registration_id, next_attempt_at, delivery_id)
  where next_attempt_at is not null and lease_until is null;
create index delivery_lease on delivery (registration_id, lease_until) where lease_until is not null;

-- Append-only: nothing in the code updates or deletes here.
create table delivery_attempt (
  org_id blob not null,
  delivery_id blob not null,
  sequence integer not null,
  at integer not null,
  outcome text not null,
  status_code integer,
  duration_us integer not null,
  message text not null,
  request_head text,
  response_head text,
  primary key (org_id, delivery_id, sequence),
  foreign key (org_id, delivery_id) references delivery (org_id, delivery_id)
) strict, without rowid;

-- Append-only: nothing in the code updates or deletes here.
create table audit (
  sequence integer primary key autoincrement,
  org_id blob not null references organization,
  at integer not null,
  actor text, -- absent: the server itself
  action text not null,
  subject text not null
) strict;
create index audit_org on audit (org_id, sequence);
