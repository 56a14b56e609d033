-- What the watch looks up on every staff page: the last message that went, the oldest that waits.

create index outbox_sent on outbox (clinic_id, state, sent_at);
create index outbox_waiting on outbox (clinic_id, state, created_at);
