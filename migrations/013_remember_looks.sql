-- The home page: until when a person has looked at what changed, and what the trend of findings is read from.
-- Additive: an older process knows neither.

create table home_looks (
    user_id   bigint primary key,
    looked_at timestamptz not null,
    constraint home_looks_user_fk foreign key (user_id) references users (id) on delete cascade
);
create index findings_active_first_seen on findings (first_seen) include (severity, product_id, state) where active;
create index findings_active_resolved on findings (resolved_at) include (severity, product_id) where active and state = 'resolved';

---- create above / drop below ----

drop index findings_active_resolved, findings_active_first_seen;
drop table home_looks;
