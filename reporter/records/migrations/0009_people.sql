-- People: invitations, second factor, sessions that a person can see and end. `half` is a session
-- whose password was right and whose code is still asked for, and opens nothing.

alter table sessions add column id text not null default '';
alter table sessions add column device text not null default '';
alter table sessions add column proved_at text;
alter table sessions add column half integer not null default 0;
-- Those from before have no number by which they could be ended one by one.
update sessions set ended_at = seen_at
where clinic_id in (select clinic_id from clinics) and ended_at is null;
create index sessions_of_staff on sessions (clinic_id, staff_id, ended_at);

-- `totp_step` is the time-step of the last code that was taken: no code is taken twice.
alter table staff add column sealed_totp text;
alter table staff add column totp_since text;
alter table staff add column totp_step integer not null default 0;

-- Who needs a second factor here: nobody, leaders or everybody.
alter table clinics add column second_factor text not null default 'nobody';

create table invitations (
    clinic_id text not null,
    token_hash text not null,
    staff_id text not null,
    created_at text not null,
    expires_at text not null,
    used_at text,
    ended_at text,
    primary key (clinic_id, token_hash),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;
create index invitations_of_staff on invitations (clinic_id, staff_id);

create table recovery_codes (
    clinic_id text not null,
    staff_id text not null,
    code_hash text not null,
    made_at text not null,
    used_at text,
    primary key (clinic_id, staff_id, code_hash),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;
