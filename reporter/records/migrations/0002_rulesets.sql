-- Rule sets of a clinic. `files` is JSON {file: text}; it never changes once a set was proposed.
-- States: draft, proposed, live, past, withdrawn. `digest` names the very text, `ruleset` what decides.

create table rulesets (
    clinic_id text not null references clinics (clinic_id),
    number integer not null,
    ruleset text not null,
    digest text not null,
    files text not null,
    state text not null,
    origin text not null,
    based_on integer,
    created_at text not null,
    proposed_at text,
    proposed_by text,
    reason text not null,
    approved_at text,
    approved_by text,
    live_from text,
    tested text,
    version integer not null,
    primary key (clinic_id, number),
    foreign key (clinic_id, proposed_by) references staff (clinic_id, id),
    foreign key (clinic_id, approved_by) references staff (clinic_id, id),
    check (state in ('draft', 'proposed', 'live', 'past', 'withdrawn'))
) STRICT;
create unique index rulesets_live on rulesets (clinic_id) where state = 'live';
create index rulesets_digest on rulesets (clinic_id, digest);

create table ruleset_moves (
    clinic_id text not null,
    number integer not null,
    version integer not null,
    verb text not null,
    by_kind text not null,
    by_id text,
    by_name text not null,
    at text not null,
    to_state text not null,
    reason text not null,
    primary key (clinic_id, number, version),
    foreign key (clinic_id, number) references rulesets (clinic_id, number)
) STRICT;
