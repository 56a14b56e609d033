-- The way in by a clinic's poster. A report that comes so belongs to nobody yet: a treatment and a
-- person are kept in its place, with `matching` unmatched, matched (to `matched_id`) or unknown.
-- For what was enrolled `matching` is empty.

create table poster_codes (
    clinic_id text not null references clinics (clinic_id),
    code text not null,
    created_at text not null,
    retired_at text,
    primary key (clinic_id, code)
) STRICT;
create unique index poster_codes_current on poster_codes (clinic_id) where retired_at is null;

alter table treatments add column matching text not null default '';
alter table treatments add column matched_id text;
alter table treatments add column day_unknown integer not null default 0;
create index treatments_matched on treatments (clinic_id, matched_id);

-- An answer that came within two seconds of the first opening of its link: a scanner may have sent it.
alter table reports add column unconfirmed integer not null default 0;
