-- Texts to read that are overdue: whoever is told is told once a day at one clinic.
create table reading_steps (
    clinic_id text not null references clinics (clinic_id),
    day text not null,
    step text not null,
    raised_at text not null,
    primary key (clinic_id, day, step)
) STRICT;

-- A report by telephone, half filled in: one row for each treatment and writer, sealed with the
-- patient's key and gone when the report is sent. `submission_key` is that of the form.
create table phone_drafts (
    clinic_id text not null,
    treatment_id text not null,
    staff_id text not null,
    submission_key text not null,
    sealed_fields text not null,
    updated_at text not null,
    primary key (clinic_id, treatment_id, staff_id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;
