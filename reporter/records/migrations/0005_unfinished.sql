-- Answers that were left and not sent: `unfinished_at` is the `updated_at` at which a draft was last
-- taken up as a report. `sealed_contact` is how the writer of a report wants to be called.

alter table drafts add column unfinished_at text;
create index drafts_left on drafts (clinic_id, sent_at, updated_at);

alter table reports add column sealed_contact text;
