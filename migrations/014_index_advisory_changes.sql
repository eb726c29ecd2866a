-- Why: the stream of what came in lists advisories by when they changed here.
-- The version before this runs on it: an index changes no answer.

create index advisories_changed on advisories (changed_at desc, id desc);

---- create above / drop below ----

drop index advisories_changed;
