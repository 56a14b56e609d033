-- The order in which to call, whole: what only waits for a second person's yes stands below the
-- others of its level, and ten thousand open cases are not sorted for each page. The latest
-- emergencies, which every page of the desk asks for, have an index of their own.

create index cases_to_call on cases
  (clinic_id, undecided desc, level desc, (case when state = 'closing' then 1 else 0 end), due_at, id)
where is_open = 1;
create index cases_emergencies on cases (clinic_id, opened_at desc, id)
where is_open = 1 and (undecided = 1 or level = 3);
drop index cases_order;
