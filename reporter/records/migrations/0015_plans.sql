-- By which protocols, hours and zone the check-ins of a clinic were planned: a digest. Empty until
-- the first are planned, and in stores of before: then the next round compares all of them.
alter table clinics add column planned_by text;

-- To whom a message went: the keyed hash by which an address is looked up. What comes back marks
-- that address, and no other that stands in its place by then.
alter table outbox add column recipient text;
