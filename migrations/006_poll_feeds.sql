-- Why: the feeds are polled. Each has a state of its own (when it is due, paused, what went wrong since when), runs say
-- how they ended and how far they are, and keys for the services are kept sealed.
-- Does the version before this still run on the new schema? Yes: columns are added with defaults, tables are new.

create table feeds (
    feed            text primary key,
    paused_at       timestamptz,
    -- When a poll was last handed out: the next is due one interval later, however many processes look.
    claimed_at      timestamptz,
    last_success_at timestamptz,
    last_reconcile_at timestamptz,
    -- The latest change that the service has told of, by its own clock.
    newest          timestamptz,
    -- What the service says of itself beside its records: EPSS model and day, KEV catalogue version.
    facts           jsonb not null default '{}',
    -- Failed polls in a row, since when, and the last one's words. Zero after a success.
    failures        integer not null default 0,
    failing_since   timestamptz,
    last_error      text not null default '',
    -- Polls in a row that succeeded and told of nothing.
    empty_polls     integer not null default 0,
    -- A poll that would withdraw more than it may stops and asks; it polls again after a person's answer.
    question        text not null default '',
    constraint feeds_failures_not_negative check (failures >= 0 and empty_polls >= 0)
);

-- One row an incident: opened when a feed falls behind, closed when it is current again.
create table feed_incidents (
    id        bigint generated always as identity primary key,
    feed      text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    reason    text not null
);
create unique index feed_incidents_one_open on feed_incidents (feed) where closed_at is null;
create index feed_incidents_newest on feed_incidents (feed, id desc);

create table feed_keys (
    feed       text primary key,
    -- Sealed with ENCRYPTION_KEY; the feed's name is the additional data.
    sealed     bytea not null,
    -- The last characters, by which a person recognises the key.
    hint       text not null default '',
    updated_at timestamptz not null,
    -- When the service accepted it.
    tested_at  timestamptz
);

alter table feed_runs
    -- running, done, failed, asks (see feeds.question), cut (its process ended)
    add column outcome text not null default 'running',
    -- Records of this poll so far and in all, as far as the service says; total 0: unknown.
    add column done bigint not null default 0,
    add column total bigint not null default 0,
    add column updated_at timestamptz not null default now(),
    add constraint feed_runs_outcome_known check (outcome in ('running', 'done', 'failed', 'asks', 'cut'));
update feed_runs set outcome = case when finished_at is null then 'cut' when error <> '' then 'failed' else 'done' end,
    updated_at = coalesce(finished_at, started_at);
create index feed_runs_open on feed_runs (feed) where outcome = 'running';

---- create above / drop below ----

drop index feed_runs_open;
alter table feed_runs drop column outcome, drop column done, drop column total, drop column updated_at;
drop table feed_keys, feed_incidents, feeds;
