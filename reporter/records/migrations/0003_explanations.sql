-- Why each report was decided so, as JSON {fired: [[rule, answers, words]], changes}. `words` are
-- places in the sealed readings, so that no quotation stands here in the open. Null before this.

alter table reports add column explanation text;

-- An upgrade is merged with the clinic's own changes: `shipped_files` is what shipped, unmerged, and
-- `conflicts` the rules that both had changed, as JSON, until a clinician has chosen.

alter table rulesets add column shipped_digest text;
alter table rulesets add column shipped_files text;
alter table rulesets add column conflicts text;

-- A clinician has read one rule with its sources. `content` names what the rule said: a rule that
-- says otherwise is not signed by it, and one that stays the same is, in whichever set it stands.

create table rule_signatures (
    clinic_id text not null references clinics (clinic_id),
    rule text not null,
    content text not null,
    staff_id text not null,
    name text not null,
    signed_on text not null,
    at text not null,
    primary key (clinic_id, rule, content),
    foreign key (clinic_id, staff_id) references staff (clinic_id, id)
) STRICT;
