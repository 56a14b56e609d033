-- What a patient adds after a report: a better number or time for the call is a sealed wish. That
-- 911 was called, or that it has gone, are moves of the case with the verb `remark`.

create table patient_wishes (
    clinic_id text not null,
    id text not null,
    treatment_id text not null,
    at text not null,
    sealed_wish text not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id)
) STRICT;
create index patient_wishes_treatment on patient_wishes (clinic_id, treatment_id, at);

-- How many of those who answered about the same day had the same: read for mild results.
create index reports_day on reports (clinic_id, day, received_at);
