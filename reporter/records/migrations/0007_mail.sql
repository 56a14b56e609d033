-- The follow-up ledger: when what happened to each check-in. `on_day` is its day on the patient's
-- calendar, `merged_into` the check-in of another treatment whose message asks for this one too.

alter table checkins add column protocol text not null default 'standard';
alter table checkins add column wording text not null default '';
alter table checkins add column on_day text not null default '';
alter table checkins add column merged_into text;
alter table checkins add column planned_at text;
alter table checkins add column queued_at text;
alter table checkins add column bounced_at text;
alter table checkins add column bounce text;
alter table checkins add column missed_at text;
alter table checkins add column stopped_at text;
alter table checkins add column paused_at text;
alter table checkins add column cancelled_at text;
alter table checkins add column phoned_at text;
update checkins set wording = 'day_' || cast(day as text), on_day = substr(due_at, 1, 10)
where clinic_id in (select clinic_id from clinics);
create index checkins_outbox on checkins (clinic_id, outbox_id) where outbox_id is not null;
create index checkins_merged on checkins (clinic_id, merged_into) where merged_into is not null;

-- For limits by recipient's domain, of which only a keyed hash is kept.

alter table outbox add column domain text not null default '';

-- Who wants no more check-in e-mails, and each time that this or the consent changed. `sealed_how`
-- says with the patient's key who agreed and how, as staff typed it.

alter table patients add column checkins_stopped_at text;

create table mail_choices (
    clinic_id text not null,
    id text not null,
    patient_id text not null,
    choice text not null,
    at text not null,
    by_kind text not null,
    by_id text not null,
    by_name text not null,
    channel text not null,
    sealed_how text,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patients (clinic_id, id),
    check (choice in ('agreed', 'declined', 'stopped', 'resumed'))
) STRICT;
create index mail_choices_patient on mail_choices (clinic_id, patient_id, at);

-- The links that stop check-in e-mails: of their own kind, so that neither opens what the other does.

create table stop_links (
    clinic_id text not null,
    token_hash text not null,
    patient_id text not null,
    treatment_id text not null,
    language text not null,
    created_at text not null,
    ended_at text,
    primary key (clinic_id, token_hash),
    foreign key (clinic_id, patient_id) references patients (clinic_id, id)
) STRICT;
create index stop_links_patient on stop_links (clinic_id, patient_id);
