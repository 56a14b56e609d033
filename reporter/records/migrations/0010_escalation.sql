-- Who asked a practitioner and who answered; who closed an emergency first, until another person
-- confirms; what was decided about a report to the regulator. `closing_by` stays after the close.
alter table cases add column escalated_by text;
alter table cases add column escalated_at text;
alter table cases add column acknowledged_by text;
alter table cases add column acknowledged_at text;
alter table cases add column closing_by text;
alter table cases add column regulator text;
create index cases_by_due on cases (clinic_id, is_open, due_at);

-- What a move changed of the row, as JSON: from these alone the present row can be told.
alter table case_moves add column changed text;

-- A step of the clock that was raised: once for a case, a due time and a step, whoever raises it.
create table case_steps (
    clinic_id text not null,
    case_id text not null,
    due_at text not null,
    step text not null,
    raised_at text not null,
    primary key (clinic_id, case_id, due_at, step),
    foreign key (clinic_id, case_id) references cases (clinic_id, id)
) STRICT;

-- Pages to on-call, so that one that nobody accepts is followed by an e-mail, once.
create table pages (
    clinic_id text not null,
    outbox_id text not null,
    case_id text not null,
    paged_at text not null,
    settled_at text,
    primary key (clinic_id, outbox_id),
    foreign key (clinic_id, case_id) references cases (clinic_id, id)
) STRICT;
create index pages_unsettled on pages (clinic_id, settled_at, paged_at);
