-- The queue for fifty nurses and a million reports: what is open or unread is found without looking
-- at what is done. `shown_seq` is the last event that can change a queue; a page that polls asks
-- for that one number.

alter table audit_heads add column shown_seq integer not null default 0;
update audit_heads set shown_seq = seq where clinic_id in (select clinic_id from clinics);

-- Reports that a person has not looked at yet; whoever does takes the row away. `in_words`: the
-- patient's own words wait. `unsent`: answers that were left and not sent.

create table unread_reports (
    clinic_id text not null,
    report_id text not null,
    treatment_id text not null,
    in_words integer not null,
    unsent integer not null,
    read_by_at text,
    primary key (clinic_id, report_id),
    foreign key (clinic_id, report_id) references reports (clinic_id, id)
) STRICT;
create index unread_reports_due on unread_reports (clinic_id, in_words, read_by_at, report_id);
create index unread_reports_unsent on unread_reports (clinic_id, unsent);
insert into unread_reports (clinic_id, report_id, treatment_id, in_words, unsent, read_by_at)
select r.clinic_id, r.id, r.treatment_id, r.needs_reading,
  case when r.channel = 'unfinished' then 1 else 0 end, r.read_by_at
from reports r left join report_readings n on n.clinic_id = r.clinic_id and n.report_id = r.id
where r.clinic_id in (select clinic_id from clinics) and n.report_id is null
and (r.needs_reading = 1 or r.channel = 'unfinished');
drop index reports_reading;

create index cases_order on cases (clinic_id, undecided desc, level desc, due_at, id)
where is_open = 1;
create index cases_resting on cases (clinic_id, due_at)
where state in ('waiting', 'monitoring');
create index cases_owned on cases (clinic_id, owner_id) where is_open = 1 and owner_id is not null;
create index cases_closed on cases (clinic_id, closed_at, id) where is_open = 0;
drop index cases_queue;

-- Who was asked and has not answered: the silent are among these.

create index checkins_unanswered on checkins (clinic_id, due_at, id, treatment_id)
where kind = 'checkin' and answered_at is null and phoned_at is null
and (sent_at is not null or bounced_at is not null);

-- Whoever wants no single-key shortcuts switches them off for themselves.

alter table staff add column shortcuts integer not null default 1;
