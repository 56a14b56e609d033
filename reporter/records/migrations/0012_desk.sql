-- The nurse's desk: what somebody typed into a form of a case and has not saved yet, so that a
-- session that ends costs no note. One row for each case, person and form, sealed with the
-- patient's key and gone when the form is saved. `case_version` is what the person had before them.
create table note_drafts (
    clinic_id text not null,
    case_id text not null,
    staff_id text not null,
    verb text not null,
    case_version integer not null,
    sealed_fields text not null,
    updated_at text not null,
    primary key (clinic_id, case_id, staff_id, verb),
    foreign key (clinic_id, case_id) references cases (clinic_id, id),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;

-- Calls to somebody silent that reached nobody. Who is reached has a report by telephone instead.
create table silent_tries (
    clinic_id text not null,
    id text not null,
    treatment_id text not null,
    staff_id text not null,
    result text not null,
    tried_at text not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;
create index silent_tries_of_treatment on silent_tries (clinic_id, treatment_id, tried_at);

-- What was done lately at this clinic: the look back of the hand-over sheet.
create index case_moves_by_time on case_moves (clinic_id, at);
