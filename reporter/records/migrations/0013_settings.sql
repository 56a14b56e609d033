-- Settings that a director edits: two at once must not undo each other, and each change stays seen.

alter table clinics add column settings_version integer not null default 1;
-- The last try of the on-call line: `on_call_test` is empty where it answered, else what went wrong.
alter table clinics add column on_call_tested_at text;
alter table clinics add column on_call_tested_by text not null default '';
alter table clinics add column on_call_test text not null default '';

create table setting_changes (
    clinic_id text not null references clinics (clinic_id),
    version integer not null,
    at text not null,
    by_name text not null,
    changes text not null,
    primary key (clinic_id, version)
) STRICT;

-- Passkeys: only the public half is ours. `sign_count` must never go back, else somebody copied it.
create table passkeys (
    clinic_id text not null,
    id text not null,
    staff_id text not null,
    credential_id text not null,
    public_key text not null,
    sign_count integer not null,
    name text not null,
    made_at text not null,
    used_at text,
    primary key (clinic_id, id),
    unique (clinic_id, credential_id),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;
create index passkeys_of_staff on passkeys (clinic_id, staff_id);

-- Challenges that were answered: none is taken twice. Kept until they would be too old anyway.
create table passkey_answers (
    clinic_id text not null references clinics (clinic_id),
    challenge_hash text not null,
    until text not null,
    primary key (clinic_id, challenge_hash)
) STRICT;

-- Who looked at whom, and what happened on a day, without reading the whole trail.
create index audit_of_subject on audit_events (clinic_id, subject);
create index audit_of_day on audit_events (clinic_id, at);
