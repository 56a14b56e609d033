-- Plain SQL in the subset that SQLite and PostgreSQL share. Times are UTC text of fixed width,
-- yes/no is 1/0, JSON is text. `sealed_…` holds text that only the patient's (or clinic's) key opens.

create table clinics (
    clinic_id text primary key,
    name text not null,
    settings text not null,
    wrapped_key text not null,
    created_at text not null
) STRICT;

create table staff (
    clinic_id text not null references clinics (clinic_id),
    id text not null,
    email text not null,
    name text not null,
    role text not null,
    password_hash text not null,
    created_at text not null,
    disabled_at text,
    primary key (clinic_id, id)
) STRICT;
create unique index staff_email on staff (clinic_id, email);

create table sessions (
    clinic_id text not null,
    token_hash text not null,
    staff_id text not null,
    created_at text not null,
    seen_at text not null,
    ended_at text,
    primary key (clinic_id, token_hash),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;

-- clinic_id is '-' for limits that count before anybody is known.
create table rates (
    clinic_id text not null,
    name text not null,
    used integer not null,
    until text not null,
    primary key (clinic_id, name)
) STRICT;

create table patients (
    clinic_id text not null references clinics (clinic_id),
    id text not null,
    wrapped_key text,
    sealed_person text,
    person_hash text,
    language text not null,
    zone text not null,
    may_voicemail integer not null,
    may_email integer not null,
    email_refused_at text,
    created_at text not null,
    erased_at text,
    version integer not null default 1,
    primary key (clinic_id, id)
) STRICT;
create unique index patients_person on patients (clinic_id, person_hash);

create table patient_lookups (
    clinic_id text not null,
    kind text not null,
    hash text not null,
    patient_id text not null,
    primary key (clinic_id, kind, hash, patient_id),
    foreign key (clinic_id, patient_id) references patients (clinic_id, id)
) STRICT;
create index patient_lookups_patient on patient_lookups (clinic_id, patient_id);

create table treatments (
    clinic_id text not null,
    id text not null,
    patient_id text not null,
    reference text not null,
    given_on text not null,
    product text not null,
    lot text not null,
    expiry text not null,
    areas text not null,
    factors text not null,
    injector text not null,
    created_at text not null,
    stopped_at text,
    version integer not null default 1,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patients (clinic_id, id)
) STRICT;
create unique index treatments_reference on treatments (clinic_id, reference);
create unique index treatments_once on treatments (clinic_id, patient_id, given_on, product);
create index treatments_lot on treatments (clinic_id, lot);
create index treatments_day on treatments (clinic_id, given_on);

create table checkins (
    clinic_id text not null,
    id text not null,
    treatment_id text not null,
    day integer not null,
    kind text not null,
    due_at text not null,
    closes_at text not null,
    state text not null,
    lease_by text,
    lease_until text,
    outbox_id text,
    sent_at text,
    answered_at text,
    primary key (clinic_id, id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id)
) STRICT;
create unique index checkins_once on checkins (clinic_id, treatment_id, day, kind);
create index checkins_due on checkins (clinic_id, state, due_at, id);

create table links (
    clinic_id text not null,
    token_hash text not null,
    treatment_id text not null,
    checkin_id text,
    created_at text not null,
    expires_at text not null,
    revoked_at text,
    primary key (clinic_id, token_hash),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id)
) STRICT;
create index links_treatment on links (clinic_id, treatment_id);

create table outbox (
    clinic_id text not null references clinics (clinic_id),
    id text not null,
    channel text not null,
    name text not null,
    patient_id text,
    sealed_message text,
    message_id text not null,
    state text not null,
    priority integer not null,
    due_at text not null,
    not_after text,
    attempts integer not null default 0,
    lease_by text,
    lease_until text,
    created_at text not null,
    sent_at text,
    trouble text,
    primary key (clinic_id, id)
) STRICT;
create index outbox_due on outbox (clinic_id, state, priority, due_at, id);
create index outbox_patient on outbox (clinic_id, patient_id);

create table drafts (
    clinic_id text not null,
    id text not null,
    treatment_id text not null,
    sealed_answers text not null,
    created_at text not null,
    updated_at text not null,
    sent_at text,
    primary key (clinic_id, id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id)
) STRICT;
create index drafts_treatment on drafts (clinic_id, treatment_id);

create table cases (
    clinic_id text not null,
    id text not null,
    treatment_id text not null,
    state text not null,
    is_open integer not null,
    undecided integer not null,
    level integer not null,
    owner_id text,
    due_at text,
    attempts integer not null default 0,
    outcome text,
    opened_at text not null,
    closed_at text,
    version integer not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id),
    foreign key (clinic_id, owner_id) references staff (clinic_id, id),
    check (is_open = 0 or due_at is not null),
    check (state not in ('claimed', 'waiting', 'monitoring') or owner_id is not null),
    check ((is_open = 0) = (state = 'closed'))
) STRICT;
create unique index cases_treatment on cases (clinic_id, treatment_id);
create index cases_queue on cases (clinic_id, is_open, undecided, level, due_at);

create table reports (
    clinic_id text not null,
    id text not null,
    treatment_id text not null,
    submission_key text not null,
    digest text not null,
    amends_id text,
    checkin_id text,
    writer text not null,
    staff_id text,
    channel text not null,
    language text not null,
    received_at text not null,
    day integer,
    answers text not null,
    sealed_words text,
    sealed_mentions text,
    level integer,
    reasons text not null,
    ruleset text not null,
    promise text not null,
    needs_reading integer not null,
    read_by_at text,
    primary key (clinic_id, id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id)
) STRICT;
create unique index reports_key on reports (clinic_id, submission_key) where amends_id is null;
create unique index reports_same on reports (clinic_id, submission_key, digest);
create index reports_reading on reports (clinic_id, needs_reading, read_by_at);
create index reports_treatment on reports (clinic_id, treatment_id, received_at);

-- Reports are append-only: that a person has read the patient's words is a row of its own.
create table report_readings (
    clinic_id text not null,
    report_id text not null,
    staff_id text not null,
    at text not null,
    primary key (clinic_id, report_id),
    foreign key (clinic_id, report_id) references reports (clinic_id, id),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;

create table case_moves (
    clinic_id text not null,
    id text not null,
    case_id text not null,
    version integer not null,
    verb text not null,
    by_kind text not null,
    by_id text,
    by_name text not null,
    at text not null,
    from_state text not null,
    to_state text not null,
    level integer not null,
    due_at text,
    details text not null,
    sealed_note text,
    primary key (clinic_id, id),
    foreign key (clinic_id, case_id) references cases (clinic_id, id)
) STRICT;
create unique index case_moves_order on case_moves (clinic_id, case_id, version);

create table audit_events (
    clinic_id text not null references clinics (clinic_id),
    seq integer not null,
    at text not null,
    actor text not null,
    verb text not null,
    subject text not null,
    details text not null,
    mac text not null,
    primary key (clinic_id, seq)
) STRICT;

create table audit_heads (
    clinic_id text primary key references clinics (clinic_id),
    seq integer not null,
    mac text not null
) STRICT;

create table heartbeats (
    clinic_id text not null,
    name text not null,
    at text not null,
    details text not null,
    primary key (clinic_id, name)
) STRICT;
