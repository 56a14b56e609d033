-- Photos of patients, each drawn anew and sealed with the patient's key; the picture is the last
-- column, so that nobody reads it who lists them. `digest` is a keyed hash of what was sent: the
-- same photo sent twice is one. `submission_key` is the form that it belongs to.

create table photos (
    clinic_id text not null,
    id text not null,
    treatment_id text not null,
    submission_key text not null,
    digest text not null,
    added_at text not null,
    sealed_picture text not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, treatment_id) references treatments (clinic_id, id)
) STRICT;
create unique index photos_once on photos (clinic_id, treatment_id, submission_key, digest);
